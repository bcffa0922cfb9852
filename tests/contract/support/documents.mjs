// Small documents, made by hand: what offices and printers write, in as few bytes as will do.
import zlib from 'node:zlib';

function crc32(bytes) {
    let crc = ~0;
    for (const byte of bytes) {
        crc ^= byte;
        for (let i = 0; i < 8; i += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return ~crc >>> 0;
}

// [[name, text or bytes], ...]; `mimetype` is stored as it is, as OpenDocument wants.
export function zip(entries) {
    const files = [];
    const directory = [];
    let at = 0;
    for (const [name, content] of entries) {
        const bytes = Buffer.from(content);
        const isStored = name === 'mimetype';
        const body = isStored ? bytes : zlib.deflateRawSync(bytes);
        const fields = Buffer.alloc(26);
        fields.writeUInt16LE(20, 0);
        fields.writeUInt16LE(0x800, 2); // names are UTF-8
        fields.writeUInt16LE(isStored ? 0 : 8, 4);
        fields.writeUInt32LE(crc32(bytes), 10);
        fields.writeUInt32LE(body.length, 14);
        fields.writeUInt32LE(bytes.length, 18);
        fields.writeUInt16LE(Buffer.byteLength(name), 22);
        const place = Buffer.alloc(14);
        place.writeUInt32LE(at, 10);
        files.push(Buffer.from('PK\x03\x04'), fields, Buffer.from(name), body);
        directory.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), fields, place, Buffer.from(name));
        at += 30 + Buffer.byteLength(name) + body.length;
    }
    const listed = Buffer.concat(directory);
    const end = Buffer.alloc(22);
    end.write('PK\x05\x06', 0, 'latin1');
    end.writeUInt16LE(entries.length, 8);
    end.writeUInt16LE(entries.length, 10);
    end.writeUInt32LE(listed.length, 12);
    end.writeUInt32LE(at, 16);
    return Buffer.concat([...files, listed, end]);
}

const xml = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';

export const docx = (text) =>
    zip([
        ['[Content_Types].xml', `${xml}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`],
        [
            'word/document.xml',
            `${xml}<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>${text}</w:t></w:r></w:p></w:body></w:document>`,
        ],
    ]);

export const xlsx = (text) =>
    zip([
        ['xl/workbook.xml', `${xml}<workbook><sheets><sheet name="Sheet1" sheetId="1"/></sheets></workbook>`],
        ['xl/sharedStrings.xml', `${xml}<sst><si><t>${text}</t></si></sst>`],
        [
            'xl/worksheets/sheet1.xml',
            `${xml}<worksheet><sheetData><row><c t="s"><v>0</v></c></row></sheetData></worksheet>`,
        ],
    ]);

export const pptx = (text) =>
    zip([
        ['ppt/presentation.xml', `${xml}<p:presentation xmlns:p="p"/>`],
        ['ppt/slides/slide1.xml', `${xml}<p:sld xmlns:p="p" xmlns:a="a"><a:p><a:r><a:t>${text}</a:t></a:r></a:p></p:sld>`],
    ]);

export const odt = (text) =>
    zip([
        ['mimetype', 'application/vnd.oasis.opendocument.text'],
        [
            'content.xml',
            `${xml}<office:document-content xmlns:office="o" xmlns:text="t"><office:body><office:text><text:p>${text}</text:p></office:text></office:body></office:document-content>`,
        ],
    ]);

// One page, with a table of objects whose places are right.
export function pdf(text) {
    const content = `BT /F1 12 Tf 72 720 Td (${text}) Tj ET`;
    const objects = [
        '<</Type/Catalog/Pages 2 0 R>>',
        '<</Type/Pages/Kids[3 0 R]/Count 1>>',
        '<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>',
        `<</Length ${content.length}>>stream\n${content}\nendstream`,
        '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
    ];
    let out = '%PDF-1.4\n';
    const places = objects.map((object, i) => {
        const at = out.length;
        out += `${i + 1} 0 obj\n${object}\nendobj\n`;
        return at;
    });
    const table = out.length;
    out += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`;
    for (const place of places) out += `${String(place).padStart(10, '0')} 00000 n \n`;
    return Buffer.from(
        `${out}trailer\n<</Size ${objects.length + 1}/Root 1 0 R>>\nstartxref\n${table}\n%%EOF\n`,
        'latin1',
    );
}

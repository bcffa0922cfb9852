// How the client is built: hashed names below static/, every text file also packed, no inline code.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const require = createRequire(import.meta.url);

// `virtual:emoji` is one string: "glyph name name ...", a line each, the names as other clients know them.
function emojiTable(): Plugin {
  const id = '\0virtual:emoji';
  return {
    name: 'emoji-table',
    resolveId: (name) => (name === 'virtual:emoji' ? id : undefined),
    load(name) {
      if (name !== id) return undefined;
      const glyphs = require('emojibase-data/en/compact.json') as { hexcode: string; unicode: string }[];
      const sets = ['iamcal', 'github'].map(
        (set) => require(`emojibase-data/en/shortcodes/${set}.json`) as Record<string, string | string[]>,
      );
      const lines = glyphs.map(({ hexcode, unicode }) => {
        const names = new Set(sets.flatMap((set) => set[hexcode] ?? []));
        return names.size > 0 ? `${unicode} ${[...names].join(' ')}` : '';
      });
      return `export default ${JSON.stringify(lines.filter(Boolean).join('\n'))};`;
    },
  };
}

// licenses.txt: what is shipped of others, and on which terms. A part without a licence stops the build.
function licences(): Plugin {
  return {
    name: 'licences',
    apply: 'build',
    generateBundle(_options, bundle) {
      const parts = Object.values(bundle).flatMap((each) =>
        each.type === 'chunk' ? Object.keys(each.modules) : [],
      );
      const folder = /^.*node_modules\/((?:@[^/]+\/)?[^/]+)(?=\/)/;
      const folders = new Set(parts.flatMap((id) => folder.exec(id.replace(/^\0/, ''))?.[0] ?? []));
      for (const name of ['@fontsource-variable/inter', 'emojibase-data']) {
        folders.add(path.resolve('node_modules', name));
      }
      const texts = [...folders].sort().map((at) => {
        const about = JSON.parse(fs.readFileSync(path.join(at, 'package.json'), 'utf8')) as Record<
          string,
          string
        >;
        const file = fs.readdirSync(at).find((name) => /^licen[cs]e/i.test(name));
        if (!file && !about.license) throw new Error(`${about.name} has no licence`);
        const text = file ? fs.readFileSync(path.join(at, file), 'utf8') : about.license;
        return `${about.name} ${about.version} (${about.license})\n\n${text.trim()}\n`;
      });
      this.emitFile({
        type: 'asset',
        fileName: 'licenses.txt',
        source: texts.join(`\n${'-'.repeat(78)}\n\n`),
      });
    },
  };
}

// On the files as written: before that, vite still changes chunks. Pages stay plain, because the node puts
// the site's path into them.
function precompress(): Plugin {
  return {
    name: 'precompress',
    apply: 'build',
    writeBundle(options, bundle) {
      for (const name of [...Object.keys(bundle), 'icon.svg']) {
        if (!/\.(js|css|svg|json)$/.test(name)) continue;
        const file = path.join(options.dir ?? 'dist', name);
        if (!fs.existsSync(file)) continue;
        const raw = fs.readFileSync(file);
        if (raw.length < 512) continue;
        const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
        fs.writeFileSync(`${file}.br`, brotliCompressSync(raw, quality));
        fs.writeFileSync(`${file}.gz`, gzipSync(raw, { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  base: './',
  plugins: [emojiTable(), react(), licences(), precompress()],
  build: {
    target: 'es2022',
    outDir: process.env.CONCORDAT_CLIENT_OUT ?? 'dist',
    emptyOutDir: true,
    assetsDir: 'static',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rollupOptions: {
      output: {
        manualChunks: (id) => (/node_modules\/(react|react-dom|scheduler)\//.test(id) ? 'react' : undefined),
      },
    },
  },
});

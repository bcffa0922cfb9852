// Files of a message, and looking at them.
import { useEffect, useState } from 'react';
import { preview, thumbnail, url } from '../api/files';
import type { FileInfo, Post } from '../api/types';
import { useWords } from '../i18n';
import { Dialog } from '../ui/dialog';
import { Icon } from '../ui/icon';
import { show } from './overlays';

const isPicture = (file: FileInfo) => /^image\/(png|jpe?g|gif|webp|bmp)$/.test(file.mime_type);
const isVideo = (file: FileInfo) => /^video\/(mp4|webm|ogg)$/.test(file.mime_type);
// A document is not shown in here. The browser's viewer would need a frame or an object, which the policy of this page
// refuses because what stands in one could pass for a part of it; and the node sends documents as downloads with
// frames forbidden, so that none is ever opened on this origin.
const isPdf = (file: FileInfo) => file.mime_type === 'application/pdf';
const isAudio = (file: FileInfo) => /^audio\/(mpeg|ogg|wav|x-wav|webm|mp4)$/.test(file.mime_type);

const most_high = 260;
const most_wide = 420;
/** The size of a thumbnail, known before it is loaded, so that nothing moves. */
export function boxOf(width = 0, height = 0): { width: number; height: number } {
  if (width <= 0 || height <= 0) return { width: 180, height: 120 };
  const scale = Math.min(1, most_wide / width, most_high / height);
  return { width: Math.max(40, Math.round(width * scale)), height: Math.max(32, Math.round(height * scale)) };
}

function Picture({ file, open }: { file: FileInfo; open(): void }) {
  const { t } = useWords();
  const box = boxOf(file.width, file.height);
  return (
    <button className="picture" aria-label={t('file.open', { name: file.name })} onClick={open} style={box}>
      <img src={file.has_preview_image ? preview(file.id) : url(file.id)} alt="" {...box} loading="lazy" />
    </button>
  );
}

function Card({ file, open }: { file: FileInfo; open(): void }) {
  const { t, size } = useWords();
  return (
    <div className="file">
      <span className="kind">{(file.extension || '?').slice(0, 4).toUpperCase()}</span>
      <button className="name" onClick={open} aria-label={t('file.open', { name: file.name })}>
        <b dir="auto">{file.name}</b>
        <small>{size(file.size)}</small>
      </button>
      <a
        className="icon"
        href={`${url(file.id)}?download=1`}
        download={file.name}
        aria-label={t('file.download', { name: file.name })}
      >
        <Icon name="download" size={17} />
      </a>
    </div>
  );
}

export function Files({ post }: { post: Post }) {
  const files = post.metadata?.files ?? [];
  if (files.length === 0) return null;
  return (
    <div className="files">
      {files.map((file, at) => {
        const open = () => show({ kind: 'files', files, at });
        return isPicture(file) ? (
          <Picture key={file.id} file={file} open={open} />
        ) : isVideo(file) || isAudio(file) ? (
          <div key={file.id} className="playing">
            <Player file={file} />
            <Card file={file} open={open} />
          </div>
        ) : (
          <Card key={file.id} file={file} open={open} />
        );
      })}
    </div>
  );
}

/** Played where it stands; the browser fetches the parts that it plays, by Range. */
function Player({ file }: { file: FileInfo }) {
  if (isVideo(file)) return <video src={url(file.id)} controls preload="metadata" aria-label={file.name} />;
  return <audio src={url(file.id)} controls preload="metadata" aria-label={file.name} />;
}

function Content({ file }: { file: FileInfo }) {
  const { t, size } = useWords();
  if (isPicture(file)) return <img src={url(file.id)} alt={t('post.image', { name: file.name })} />;
  if (isVideo(file) || isAudio(file)) return <Player file={file} />;
  return (
    <div className="no-preview">
      {file.has_preview_image && <img src={thumbnail(file.id)} alt="" />}
      <p>
        {file.name} · {size(file.size)}
      </p>
      {isPdf(file) && <p>{t('file.pdf')}</p>}
    </div>
  );
}

export function FileViewer({ files, at, close }: { files: FileInfo[]; at: number; close(): void }) {
  const { t } = useWords();
  const [n, setN] = useState(at);
  const file = files[n];
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'ArrowRight') setN((now) => Math.min(files.length - 1, now + 1));
      if (event.key === 'ArrowLeft') setN((now) => Math.max(0, now - 1));
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [files.length]);
  return (
    <Dialog title={file.name} close={close} className="viewer">
      <div className="stage">
        <Content file={file} />
      </div>
      <div className="buttons">
        {files.length > 1 && (
          <>
            <button className="ghost" disabled={n === 0} onClick={() => setN(n - 1)}>
              {t('file.previous')}
            </button>
            <button className="ghost" disabled={n === files.length - 1} onClick={() => setN(n + 1)}>
              {t('file.next')}
            </button>
          </>
        )}
        <a className="primary" href={`${url(file.id)}?download=1`} download={file.name}>
          {t('file.download', { name: file.name })}
        </a>
      </div>
    </Dialog>
  );
}

import { beforeEach, expect, test, vi } from 'vitest';
import { ApiError } from '../../src/api/errors';
import type { FileInfo } from '../../src/api/types';

vi.mock('../../src/api/files', () => ({
  nameOf: (file: File) => file.name,
  send: vi.fn(),
  openUpload: vi.fn(),
  uploadOf: vi.fn(),
  sendPiece: vi.fn(),
}));
const api = vi.mocked(await import('../../src/api/files'));
const { state, set } = await import('../../src/store/state');
const store = await import('../../src/store/uploads');

// A node that keeps what it was given, and a line that can be cut.
let kept = 0;
let total = 0;
let cutAt = Infinity;
let held: (() => void) | undefined;
const info = { id: 'f', name: 'a.bin', size: 0 } as FileInfo;
const cut = () => new ApiError('client.unreachable', 0, '');
const at = () => state().uploads.here?.[0];
const until = (check: () => boolean) => vi.waitFor(() => expect(check()).toBe(true), { timeout: 5000 });
const file = (size: number) => new File([new Uint8Array(size)], 'a.bin');
const large = store.piece_size * 2 + 5;

beforeEach(() => {
  vi.clearAllMocks();
  store.forgetUploads();
  set({ uploads: {} });
  [kept, total, cutAt, held] = [0, 0, Infinity, undefined];
  api.openUpload.mockImplementation(async (_channel, wanted) => {
    total = wanted.size;
    return { id: 'u', file_size: total, file_offset: 0 };
  });
  api.uploadOf.mockImplementation(async () => {
    if (cutAt === 0) throw cut();
    return { id: 'u', file_size: total, file_offset: kept };
  });
  api.sendPiece.mockImplementation(async (_id, piece, { onSent, signal }) => {
    if (cutAt === 0) throw cut();
    if (kept + piece.size > cutAt) {
      kept = cutAt;
      cutAt = 0;
      throw cut();
    }
    if (held) {
      await new Promise<void>((_done, fail) =>
        signal.addEventListener('abort', () => fail(new ApiError('client.cancelled', 0, ''))),
      );
    }
    kept += piece.size;
    onSent(piece.size);
    return kept === total ? info : undefined;
  });
});

test('a small file goes at once, a large one in pieces', async () => {
  api.send.mockResolvedValue(info);
  store.addUpload('here', 'c', file(store.most_in_one));
  await until(() => at()?.stage === 'done');
  expect(api.openUpload).not.toHaveBeenCalled();
  store.clearUploads('here');
  store.addUpload('here', 'c', file(large));
  await until(() => at()?.stage === 'done');
  expect(api.sendPiece.mock.calls.map(([, piece]) => piece.size)).toEqual([
    store.piece_size,
    store.piece_size,
    5,
  ]);
  expect(at()?.info).toBe(info);
});

test('after an interruption it goes on where the node is', async () => {
  cutAt = store.piece_size + 1000;
  store.addUpload('here', 'c', file(large));
  await until(() => at()?.stage === 'waiting');
  cutAt = Infinity;
  store.wakeUploads();
  await until(() => at()?.stage === 'done');
  expect(api.openUpload).toHaveBeenCalledTimes(1);
  expect(kept).toBe(large);
  expect(api.sendPiece.mock.calls.at(-1)?.[1].size).toBe(large - store.piece_size - 1000);
});

test('a pause stops it, going on asks for the offset', async () => {
  held = () => undefined;
  store.addUpload('here', 'c', file(large));
  await until(() => api.sendPiece.mock.calls.length === 1);
  store.pauseUpload(at()!);
  expect(at()?.stage).toBe('paused');
  store.wakeUploads();
  await new Promise((done) => setTimeout(done, 50));
  expect(at()?.stage).toBe('paused');
  held = undefined;
  store.resumeUpload(at()!);
  await until(() => at()?.stage === 'done');
  expect(api.uploadOf).toHaveBeenCalledTimes(1);
});

test('a refusal is told, and can be tried again', async () => {
  const refusal = new ApiError('api.file.upload_file.too_large_detailed.app_error', 413, '');
  api.openUpload.mockRejectedValueOnce(refusal);
  store.addUpload('here', 'c', file(large));
  await until(() => at()?.stage === 'refused');
  expect(at()?.error).toBe(refusal);
  store.resumeUpload(at()!);
  await until(() => at()?.stage === 'done');
});

test('an upload that the node has forgotten begins anew', async () => {
  cutAt = 1000;
  store.addUpload('here', 'c', file(large));
  await until(() => at()?.stage === 'waiting');
  cutAt = Infinity;
  kept = 0;
  api.uploadOf.mockRejectedValueOnce(new ApiError('app.upload.get.app_error', 404, ''));
  store.wakeUploads();
  await until(() => at()?.stage === 'done');
  expect(api.openUpload).toHaveBeenCalledTimes(2);
});

test('what is thrown away stays away', async () => {
  held = () => undefined;
  store.addUpload('here', 'c', file(large));
  await until(() => api.sendPiece.mock.calls.length === 1);
  store.dropUpload('here', at()!);
  await new Promise((done) => setTimeout(done, 50));
  expect(state().uploads).toEqual({});
});

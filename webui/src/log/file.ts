/**
 * Reading a file behind `/files/read` by exact byte offsets.
 *
 * The answer holds text, not bytes, so its length says nothing about how far it went as soon as a
 * byte is not UTF-8. Hence the size is always asked for first and no read goes beyond it: a file
 * only grows, so exactly as many bytes come as were asked for.
 */
import { Failure, query, request } from '../api/client';

/** What the daemons give at most in one answer (16 memory pages). */
export const READ_BYTES = 64 * 1024;
/** A cut character leaves at most this many of its bytes at the end. */
export const CUT_BYTES = 3;
const REPLACEMENT = '\ufffd';

const encoder = new TextEncoder();

export function byteLength(text: string): number {
  return encoder.encode(text).length;
}

export interface Piece {
  start: number;
  end: number;
  text: string;
}

export interface RemoteFile {
  size(): Promise<number>;
  /** Exactly the bytes from `start` to `end`, which is not beyond the end of the file. */
  read(start: number, end: number): Promise<string>;
}

/** `base` is `files` for the master's own files and `agent/ID/files` for an agent's. */
export function remoteFile(base: string, path: string, signal: AbortSignal): RemoteFile {
  const ask = async (offset: number, length?: number) => {
    const response = await request(`${base}/read${query({ path, offset, length })}`, { signal });
    const answer = (await response.json()) as { data: string; offset: number };
    if (typeof answer.offset !== 'number') throw new Failure(0, 'not an answer of /files/read');
    return answer;
  };
  return {
    size: async () => (await ask(-1)).offset,
    read: async (start, end) => (await ask(start, end - start)).data,
  };
}

/** Bytes from `start` up to at most `end`, without the part of a character that `end` may have cut. */
export async function readForward(file: RemoteFile, start: number, end: number): Promise<Piece> {
  const limit = Math.min(end, start + READ_BYTES);
  const text = await file.read(start, limit);
  const trimmed = text.replace(/\ufffd+$/, '');
  const exact = !trimmed.includes(REPLACEMENT);
  const cut = exact ? limit - start - byteLength(trimmed) : 0;
  if (trimmed === text || !exact || cut > CUT_BYTES || trimmed === '') return { start, end: limit, text };
  return { start, end: limit - cut, text: trimmed };
}

/** The bytes before `end`, back to the beginning of a line. */
export async function readBackward(file: RemoteFile, end: number): Promise<Piece> {
  const start = Math.max(0, end - READ_BYTES);
  const text = await file.read(start, end);
  if (start === 0) return { start, end, text };
  const line = text.indexOf('\n') + 1;
  const kept = text.slice(line);
  if (line === 0 || kept === '') return { start, end, text };
  const dropped = text.slice(0, line);
  // Whichever side is clean tells exactly where the cut is.
  if (!kept.includes(REPLACEMENT)) return { start: end - byteLength(kept), end, text: kept };
  if (!dropped.includes(REPLACEMENT)) return { start: start + byteLength(dropped), end, text: kept };
  return { start, end, text };
}

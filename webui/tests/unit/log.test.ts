import { describe, expect, it } from 'vitest';
import { overwritten, pen, plain, spans } from '../../src/log/ansi';
import { byteLength, readBackward, readForward, type RemoteFile } from '../../src/log/file';

/** A file of bytes that answers as the daemons do: text, made of whatever bytes there are. */
function file(bytes: Uint8Array): RemoteFile & { reads: [number, number][] } {
  const reads: [number, number][] = [];
  return {
    reads,
    size: async () => bytes.length,
    read: async (start, end) => {
      reads.push([start, end]);
      return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(start, end));
    },
  };
}

const text = (value: string) => new TextEncoder().encode(value);

describe('reading by bytes', () => {
  it('leaves a cut character for the next read, whichever byte the cut is at', async () => {
    const bytes = text('aä€𝄞b');
    for (let cut = 1; cut <= bytes.length; cut++) {
      let read = '';
      let at = 0;
      while (at < bytes.length) {
        const piece = await readForward(file(bytes), at, Math.min(bytes.length, Math.max(at + 4, cut)));
        expect(piece.start).toBe(at);
        expect(piece.end).toBeGreaterThan(at);
        read += piece.text;
        at = piece.end;
      }
      expect(read).toBe('aä€𝄞b');
    }
  });

  it('counts bytes that are no characters as what they are', async () => {
    const bytes = new Uint8Array([0x61, 0xff, 0xfe, 0x62, 0x0a]);
    expect(await readForward(file(bytes), 0, 5)).toEqual({ start: 0, end: 5, text: 'a\ufffd\ufffdb\n' });
  });

  it('does not take a real replacement character for a broken one', async () => {
    const bytes = text('x\ufffd');
    const first = await readForward(file(bytes), 0, bytes.length);
    const rest = first.end < bytes.length ? await readForward(file(bytes), first.end, bytes.length) : { end: first.end, text: '' };
    expect(first.text + rest.text).toBe('x\ufffd');
    expect(rest.end).toBe(bytes.length);
  });

  it('goes back to the beginning of a line, with the exact offset', async () => {
    const lines = Array.from({ length: 5000 }, (_, i) => `zeile ${i} größe\n`).join('');
    const bytes = text(lines);
    let at = bytes.length;
    let read = '';
    while (at > 0) {
      const piece = await readBackward(file(bytes), at);
      expect(piece.end).toBe(at);
      expect(byteLength(piece.text)).toBe(piece.end - piece.start);
      read = piece.text + read;
      at = piece.start;
    }
    expect(read).toBe(lines);
  });
});

describe('escape sequences', () => {
  it('become looks, which a line hands on to the next', () => {
    const state = pen();
    expect(spans('\u001b[1;31mred\u001b[0m plain', state)).toEqual([
      { text: 'red', look: 'f-1 bold' },
      { text: ' plain', look: '' },
    ]);
    spans('\u001b[32mbegin', state);
    expect(spans('still', state)).toEqual([{ text: 'still', look: 'f-2' }]);
  });

  it('of 256 and of all colours become one of sixteen', () => {
    expect(spans('\u001b[38;5;196mx', pen())).toEqual([{ text: 'x', look: 'f-9' }]);
    expect(spans('\u001b[48;2;0;0;255mx', pen())).toEqual([{ text: 'x', look: 'b-12' }]);
  });

  it('other than colours leave nothing behind', () => {
    expect(plain('\u001b]0;title\u0007a\u001b[2Kb\u001b[10;20Hc')).toBe('abc');
    expect(plain('\u001b[31m\u001b')).toBe('');
  });

  it('carriage returns begin the line anew, as a progress bar does', () => {
    expect(overwritten('10 %\r50 %\r100 %')).toBe('100 %');
    expect(overwritten('a line of Windows\r')).toBe('a line of Windows');
  });
});

/** Colours and weights that programs write into their output (ECMA-48 SGR); other escapes are dropped. */

export interface Span {
  text: string;
  /** Class names, empty for plain text. */
  look: string;
}

export interface Pen {
  fore: string;
  back: string;
  bold: boolean;
  faint: boolean;
  italic: boolean;
  underline: boolean;
  inverse: boolean;
}

export function pen(): Pen {
  return { fore: '', back: '', bold: false, faint: false, italic: false, underline: false, inverse: false };
}

const ESC = '\u001b';
// CSI … final byte, or OSC … (BEL or ST), or a lone two-byte escape.
const ESCAPE = new RegExp(`${ESC}(?:\\[([0-9;:?]*)[ -/]*([@-~])|\\][^\\u0007${ESC}]*(?:\\u0007|${ESC}\\\\)?|[@-Z\\\\^_]?)`, 'g');

/** What a terminal would show of a line: a carriage return begins it anew. */
export function overwritten(line: string): string {
  const text = line.replace(/\r+$/, '');
  const last = text.lastIndexOf('\r');
  return last < 0 ? text : text.slice(last + 1);
}

/** The line's spans; `state` is left as the line leaves it. */
export function spans(line: string, state: Pen): Span[] {
  if (!line.includes(ESC)) return line === '' ? [] : [{ text: line, look: look(state) }];
  const out: Span[] = [];
  let from = 0;
  const put = (text: string) => {
    if (text !== '') out.push({ text, look: look(state) });
  };
  for (const match of line.matchAll(ESCAPE)) {
    put(line.slice(from, match.index));
    from = match.index + match[0].length;
    if (match[2] === 'm') apply(match[1] ?? '', state);
  }
  put(line.slice(from));
  return out;
}

/** Without escapes, for searching. */
export function plain(line: string): string {
  const text = overwritten(line);
  return text.includes(ESC) ? text.replace(ESCAPE, '') : text;
}

function look(state: Pen): string {
  const names = [];
  const fore = state.inverse ? state.back || 'base' : state.fore;
  const back = state.inverse ? state.fore || 'base' : state.back;
  if (fore) names.push(`f-${fore}`);
  if (back) names.push(`b-${back}`);
  if (state.bold) names.push('bold');
  if (state.faint) names.push('faint');
  if (state.italic) names.push('italic');
  if (state.underline) names.push('underline');
  return names.join(' ');
}

function apply(codes: string, state: Pen): void {
  const numbers = codes.split(/[;:]/).map(Number);
  for (let i = 0; i < numbers.length; i++) {
    const code = numbers[i] ?? 0;
    if (code === 38 || code === 48) {
      const colour = extended(numbers.slice(i + 1));
      if (code === 38) state.fore = colour.name;
      else state.back = colour.name;
      i += colour.used;
      continue;
    }
    applyOne(code, state);
  }
}

function applyOne(code: number, state: Pen): void {
  if (code === 0) Object.assign(state, pen());
  else if (code === 1) state.bold = true;
  else if (code === 2) state.faint = true;
  else if (code === 3) state.italic = true;
  else if (code === 4) state.underline = true;
  else if (code === 7) state.inverse = true;
  else if (code === 22) state.bold = state.faint = false;
  else if (code === 23) state.italic = false;
  else if (code === 24) state.underline = false;
  else if (code === 27) state.inverse = false;
  else if (code >= 30 && code <= 37) state.fore = String(code - 30);
  else if (code === 39) state.fore = '';
  else if (code >= 40 && code <= 47) state.back = String(code - 40);
  else if (code === 49) state.back = '';
  else if (code >= 90 && code <= 97) state.fore = String(code - 82);
  else if (code >= 100 && code <= 107) state.back = String(code - 92);
}

/** 256 colours and true colours become the nearest of the sixteen, which are readable in both themes. */
function extended(rest: number[]): { name: string; used: number } {
  if (rest[0] === 5) return { name: indexed(rest[1] ?? 0), used: 2 };
  if (rest[0] === 2) return { name: nearest(rest[1] ?? 0, rest[2] ?? 0, rest[3] ?? 0), used: 4 };
  return { name: '', used: rest.length };
}

function indexed(index: number): string {
  if (index < 16) return String(index);
  if (index >= 232) {
    const grey = (index - 232) * 10 + 8;
    return nearest(grey, grey, grey);
  }
  const cube = index - 16;
  const level = (n: number) => (n === 0 ? 0 : n * 40 + 55);
  return nearest(level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6));
}

function nearest(red: number, green: number, blue: number): string {
  const most = Math.max(red, green, blue);
  if (most - Math.min(red, green, blue) < 40) return most > 200 ? '15' : most > 120 ? '7' : most > 50 ? '8' : '0';
  const bit = (value: number) => (value > most * 0.6 ? 1 : 0);
  return String(bit(red) + 2 * bit(green) + 4 * bit(blue) + (most > 200 ? 8 : 0));
}

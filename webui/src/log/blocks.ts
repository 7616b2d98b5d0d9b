/**
 * The text of a log in the document: blocks of lines with exact byte offsets, and the marks of a search.
 *
 * The document is written directly: tens of thousands of lines need no bookkeeping of their own.
 */
import { overwritten, pen, spans, type Pen } from './ansi';
import type { Piece } from './file';

/** What is kept; beyond it the far end is dropped. */
const KEPT_BYTES = 12 * 1024 * 1024;
const BLOCK_BYTES = 32 * 1024;
/** A longer line is cut into several. */
const LINE_CHARS = 16 * 1024;
/** More marks than this help nobody. */
const MARKS = 5000;

interface Block {
  start: number;
  end: number;
  element: HTMLElement;
  /** Colours that the next line begins with. */
  state: Pen;
  /** The last line's text as far as it is known, when its end is still to come. */
  open: string | null;
  /** Colours that the open line began with. */
  openState: Pen;
}

export class Blocks {
  private blocks: Block[] = [];
  private marks: HTMLElement[] = [];
  private text = '';
  current = -1;

  constructor(private readonly root: HTMLElement) {}

  get start(): number {
    return this.blocks[0]?.start ?? 0;
  }

  get end(): number {
    return this.blocks.at(-1)?.end ?? 0;
  }

  get hits(): number {
    return this.marks.length;
  }

  clear(): void {
    this.blocks = [];
    this.marks = [];
    this.current = -1;
    this.root.replaceChildren();
  }

  /** A line that is not the file's. */
  note(text: string): void {
    const element = document.createElement('p');
    element.className = 'log-note';
    element.textContent = text;
    this.root.append(element);
  }

  append(piece: Piece): void {
    let block = this.blocks.at(-1);
    if (!block || (block.end - block.start > BLOCK_BYTES && block.open === null)) {
      block = this.fresh(piece.start, block?.state);
      this.blocks.push(block);
      this.root.append(block.element);
    }
    this.write(block, piece.text);
    block.end = piece.end;
    while (this.end - this.start > KEPT_BYTES && this.blocks.length > 1) this.blocks.shift()?.element.remove();
  }

  prepend(piece: Piece): void {
    const block = this.fresh(piece.start);
    this.write(block, piece.text);
    block.end = piece.end;
    this.root.prepend(block.element);
    this.blocks.unshift(block);
  }

  private fresh(start: number, state?: Pen): Block {
    const element = document.createElement('div');
    element.className = 'log-block';
    return { start, end: start, element, state: { ...(state ?? pen()) }, open: null, openState: pen() };
  }

  private write(block: Block, text: string): void {
    const lines = text.split('\n');
    const tail = lines.pop() ?? '';
    const out = document.createDocumentFragment();
    for (const line of lines) this.line(block, out, line, false);
    if (tail !== '') this.line(block, out, tail, true);
    block.element.append(out);
  }

  /** Appends one line, or continues the one that is still open. */
  private line(block: Block, out: DocumentFragment, text: string, open: boolean): void {
    let whole = text;
    if (block.open !== null && block.open.length < LINE_CHARS) {
      whole = block.open + text;
      block.state = { ...block.openState };
      (out.lastChild ?? block.element.lastChild)?.remove();
    }
    block.openState = { ...block.state };
    const element = document.createElement('div');
    element.className = 'line';
    fill(element, overwritten(whole), block.state);
    out.append(element);
    block.open = open ? whole : null;
  }

  /** Marks all places of `text`; the last one becomes the current one, which `keep` prevents. */
  mark(text: string, last = true): { at: number; of: number; element: HTMLElement | undefined } {
    const before = this.marks[this.current];
    for (const mark of this.marks) mark.replaceWith(...mark.childNodes);
    if (this.marks.length > 0) for (const block of this.blocks) block.element.normalize();
    const held = before ? this.marks.length - this.current : 0;
    this.marks = [];
    const same = text === this.text;
    this.text = text;
    if (text === '') {
      this.current = -1;
      return { at: 0, of: 0, element: undefined };
    }
    const pattern = text.toLowerCase();
    for (const block of this.blocks.toReversed()) {
      if (this.marks.length >= MARKS) break;
      this.marks = [...markWithin(block.element, pattern), ...this.marks];
    }
    // Counted from the end, because what is added in front must not move it.
    this.current = same && held && !last ? this.marks.length - held : this.marks.length - 1;
    const element = this.focused();
    element?.setAttribute('data-current', '');
    return { at: this.current + 1, of: this.marks.length, element };
  }

  focused(): HTMLElement | undefined {
    return this.marks[this.current];
  }

  /** Goes to the next or the former mark; `false` when there is none. */
  step(direction: 1 | -1): boolean {
    const next = this.current + direction;
    if (next < 0 || next >= this.marks.length) return false;
    this.focused()?.removeAttribute('data-current');
    this.current = next;
    this.focused()?.setAttribute('data-current', '');
    return true;
  }
}

function fill(element: HTMLElement, line: string, state: Pen): void {
  for (const span of spans(line, state)) {
    if (span.look === '') {
      element.append(span.text);
      continue;
    }
    const part = document.createElement('span');
    part.className = span.look;
    part.textContent = span.text;
    element.append(part);
  }
  if (!element.firstChild) element.append('\u200b');
}

function markWithin(root: HTMLElement, pattern: string): HTMLElement[] {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const found: [Text, number][] = [];
  while (walker.nextNode()) {
    const node = walker.currentNode as Text;
    const lower = node.data.toLowerCase();
    // A few letters change their length, and with it every place behind them.
    const text = lower.length === node.data.length ? lower : node.data;
    for (let at = text.indexOf(pattern); at >= 0; at = text.indexOf(pattern, at + pattern.length)) found.push([node, at]);
  }
  const marks: HTMLElement[] = [];
  // From behind, so that the offsets in front stay true.
  for (const [node, at] of found.reverse()) {
    const range = document.createRange();
    range.setStart(node, at);
    range.setEnd(node, at + pattern.length);
    const mark = document.createElement('mark');
    range.surroundContents(mark);
    marks.unshift(mark);
  }
  return marks;
}

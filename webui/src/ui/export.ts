/** A whole list as a file: all of its pages, with the search and order that are shown. */
import { get } from '../api/client';
import type { Page } from '../api/types';

/** The most that the master gives at once. */
const ROWS_AT_ONCE = 1000;

export async function wholeList<Row>(address: (offset: number, limit: number) => string, progress: (part: number) => void): Promise<Row[]> {
  const all: Row[] = [];
  for (;;) {
    const page = await get<Page<Row>>(address(all.length, ROWS_AT_ONCE));
    all.push(...page.rows);
    progress(page.matched ? all.length / page.matched : 1);
    if (page.rows.length === 0 || all.length >= page.matched) return all;
  }
}

/** RFC 4180. A leading `=`, `+`, `-` or `@` would be a formula to a spreadsheet: such texts get a quote in front. */
export function csv(rows: object[]): string {
  const flat = rows.map((row) => flatten(row));
  const names = [...new Set(flat.flatMap((row) => Object.keys(row)))];
  const lines = flat.map((row) => names.map((name) => field(row[name])).join(','));
  return [names.map(field).join(','), ...lines].join('\r\n') + '\r\n';
}

function flatten(row: object, prefix = ''): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(row)) {
    if (value && typeof value === 'object' && !Array.isArray(value)) Object.assign(out, flatten(value, `${prefix}${key}.`));
    else out[prefix + key] = Array.isArray(value) ? value.map((v) => (typeof v === 'object' ? JSON.stringify(v) : v)).join(' ') : value;
  }
  return out;
}

function field(value: unknown): string {
  if (value === null || value === undefined) return '';
  let text = String(value);
  if (typeof value === 'string' && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function save(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

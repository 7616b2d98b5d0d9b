/** Numbers and ids as people read them. */
import type { Amounts } from '../api/types';

export const KINDS = ['cpus', 'gpus', 'mem', 'disk'] as const;
export type Kind = (typeof KINDS)[number];

export const KIND_NAMES: Record<Kind, string> = { cpus: 'CPUs', gpus: 'GPUs', mem: 'Memory', disk: 'Disk' };

const UNITS = ['MB', 'GB', 'TB', 'PB'];

/** At most three significant digits behind what is whole: 0.1, 1.25, 12.5, 1,250. */
export function count(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 3;
  return value.toLocaleString('en', { maximumFractionDigits: digits });
}

/** From MB. */
export function megabytes(value: number): string {
  if (value === 0) return '0';
  let unit = 0;
  let scaled = value;
  while (Math.abs(scaled) >= 1024 && unit < UNITS.length - 1) {
    scaled /= 1024;
    unit += 1;
  }
  const digits = scaled >= 100 || Number.isInteger(scaled) ? 0 : scaled >= 10 ? 1 : 2;
  return `${scaled.toLocaleString('en', { maximumFractionDigits: digits })} ${UNITS[unit]}`;
}

export function bytes(value: number): string {
  if (value < 1024) return `${value} B`;
  if (value < 1024 * 1024) return `${(value / 1024).toFixed(value < 10240 ? 1 : 0)} KB`;
  return megabytes(value / 1024 / 1024);
}

export function amount(kind: Kind, value: number): string {
  return kind === 'mem' || kind === 'disk' ? megabytes(value) : count(value);
}

/** `2 CPUs, 1 GB memory`; what is zero is left out. */
export function amounts(values: Partial<Amounts>): string {
  const parts = KINDS.flatMap((kind) => {
    const value = values[kind];
    return value ? [`${amount(kind, value)} ${kind === 'mem' ? 'memory' : kind === 'disk' ? 'disk' : KIND_NAMES[kind]}`] : [];
  });
  return parts.join(', ') || 'nothing';
}

export function percent(share: number): string {
  const value = share * 100;
  return `${value > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} %`;
}

/** Mesos ids begin with a UUID that is the same for all of one master: its last digits and what follows tell them apart. */
export function shortId(id: string): string {
  const match = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{8}([0-9a-f]{4}(?:-.+)?)$/.exec(id);
  return match ? `…${match[1]}` : id;
}

const STEPS: [number, string][] = [
  [86_400 * 365, 'y'],
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
  [1, 's'],
];

/** `3 d 4 h`, the two largest units that are not zero. */
export function duration(seconds: number): string {
  let rest = Math.max(0, Math.round(seconds));
  const parts: string[] = [];
  for (const [size, unit] of STEPS) {
    const many = Math.floor(rest / size);
    if (many === 0 && parts.length === 0 && size > 1) continue;
    if (many > 0 || parts.length === 0) parts.push(`${many} ${unit}`);
    rest -= many * size;
    if (parts.length === 2 || rest === 0) break;
  }
  return parts.join(' ');
}

/** One unit is enough for the past: `3 min ago`. */
export function ago(seconds: number): string {
  if (seconds < 1 && seconds > -5) return 'just now';
  const [first = '0', unit = 's'] = duration(Math.abs(seconds)).split(' ');
  return seconds < 0 ? `in ${first} ${unit}` : `${first} ${unit} ago`;
}

export function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** `TASK_RUNNING` and `RUNNING` are both shown as `Running`. */
export function stateName(state: string): string {
  const words = state.replace(/^TASK_/, '').toLowerCase().replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export type Tone = 'good' | 'done' | 'wait' | 'bad' | 'warn' | 'off';

const TONES: Record<string, Tone> = {
  RUNNING: 'good',
  ACTIVE: 'good',
  FINISHED: 'done',
  COMPLETED: 'done',
  STAGING: 'wait',
  STARTING: 'wait',
  KILLING: 'warn',
  UNREACHABLE: 'warn',
  INACTIVE: 'warn',
  DISCONNECTED: 'warn',
  DEACTIVATED: 'off',
  KILLED: 'off',
  FAILED: 'bad',
  LOST: 'bad',
  ERROR: 'bad',
  DROPPED: 'bad',
  GONE: 'bad',
  GONE_BY_OPERATOR: 'bad',
  UNKNOWN: 'warn',
};

export function tone(state: string): Tone {
  return TONES[state.replace(/^TASK_/, '').toUpperCase()] ?? 'off';
}

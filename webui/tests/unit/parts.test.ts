import { describe, expect, it } from 'vitest';
import { csv } from '../../src/ui/export';
import { ago, amounts, bytes, duration, megabytes, shortId, stateName, tone } from '../../src/ui/format';
import { link, parse, redirected } from '../../src/router';

describe('addresses', () => {
  it('carry any id and any path', () => {
    const hash = link(['agents', 'a/b c', 'browse'], { path: '/tmp/x y/ü&z', search: '' });
    const place = parse(hash);
    expect(place.segments).toEqual(['agents', 'a/b c', 'browse']);
    expect(place.query).toEqual({ path: '/tmp/x y/ü&z' });
  });

  it('with a broken escape are taken as they are', () => {
    expect(parse('#/agents/%E0%A4%A').segments).toEqual(['agents', '%E0%A4%A']);
    expect(parse('').segments).toEqual([]);
  });

  it('of the 1.x page are redirected', () => {
    expect(redirected('#/slaves/S0/browse?path=%2Ftmp')).toBe('#/agents/S0/browse?path=%2Ftmp');
    expect(redirected('#/slaves')).toBe('#/agents');
    expect(redirected('#/slavesmarket')).toBeNull();
  });
});

describe('numbers', () => {
  it('are short', () => {
    expect(megabytes(0)).toBe('0');
    expect(megabytes(512)).toBe('512 MB');
    expect(megabytes(1536)).toBe('1.5 GB');
    expect(megabytes(1024 * 1024 * 3)).toBe('3 TB');
    expect(bytes(1023)).toBe('1023 B');
    expect(bytes(2048)).toBe('2.0 KB');
    expect(amounts({ cpus: 1.5, mem: 2048 })).toBe('1.5 CPUs, 2 GB memory');
    expect(amounts({})).toBe('nothing');
  });

  it('of time have two units at most', () => {
    expect(duration(0)).toBe('0 s');
    expect(duration(59.6)).toBe('1 min');
    expect(duration(3661)).toBe('1 h 1 min');
    expect(duration(86400)).toBe('1 d');
    expect(ago(0.2)).toBe('just now');
    expect(ago(7300)).toBe('2 h ago');
  });
});

describe('names', () => {
  it('of states are words, whatever their spelling', () => {
    expect(stateName('TASK_GONE_BY_OPERATOR')).toBe('Gone by operator');
    expect(tone('RUNNING')).toBe(tone('TASK_RUNNING'));
    expect(tone('TASK_OF_TOMORROW')).toBe('off');
  });

  it('of ids keep what tells them apart', () => {
    expect(shortId('2f1c9a54-7b1e-4c1d-9a6e-3f0f5a7c1d20-S12')).toBe('…1d20-S12');
    expect(shortId('my-own-id')).toBe('my-own-id');
  });
});

describe('csv', () => {
  it('quotes, flattens, and lets no formula through', () => {
    expect(csv([{ a: 'x,"y"', n: -1, r: { cpus: 2 } }, { a: '=HYPERLINK("z")', n: null }])).toBe('a,n,r.cpus\r\n"x,""y""",-1,2\r\n"\'=HYPERLINK(""z"")",,\r\n');
  });
});

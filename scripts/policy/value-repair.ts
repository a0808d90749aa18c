import { nearest } from './nearest.ts';
import { UNLIMITED } from './unlimited.ts';

/** A word that was meant as `unlimited`. */
export function repairWord(text: string): string | undefined {
  const word = text.trim().toLowerCase();
  if (['infinity', 'infinite', 'inf', 'max', 'none', 'no', 'off', 'null', '-1'].includes(word)) return UNLIMITED;
  return nearest(word, [UNLIMITED]);
}

/** `1600`, `1600 %` → `1600%`; a small number without % are cores. */
export function repairPercent(text: string): string | undefined {
  const [, number, sign = ''] = /^([1-9][0-9]{0,4})\s*(%|c|cpus?|cores?|)$/i.exec(text) ?? [];
  if (number === undefined) return undefined;
  const cores = sign === '' ? Number(number) < 100 : sign !== '%';
  return cores ? `${Number(number) * 100}% if ${number} cores are meant` : `${number}%`;
}

/** `32g`, `32 GB`, `32GiB` → `32G`, `0.5G` → `512M`; a bare number is bytes to systemd, so it is asked about. */
export function repairSize(text: string): string | undefined {
  const [, digits, unit = ''] = /^([0-9]+(?:[.][0-9]+)?)\s*([kmgt]?)(?:i?b)?$/i.exec(text) ?? [];
  const number = Number(digits);
  const spellings =
    unit === ''
      ? [[`${number}G`, ' if gigabytes are meant: without a unit it is bytes'] as const]
      : [
          [`${number}${unit.toUpperCase()}`, ''] as const,
          [`${number * 1024}${smaller(unit)}`, ''] as const,
          [`${Math.floor(number * 4) / 4}${unit.toUpperCase()}`, ': of fractions, only quarters are exact'] as const,
        ];
  const [spelling, remark] = spellings.find(([candidate]) => SIZE.test(candidate)) ?? [];
  return spelling === undefined ? undefined : `${spelling}${remark}`;
}

const SIZE = /^[1-9][0-9]{0,5}([.](5|25|75))?[KMGT]$/;

function smaller(unit: string): string {
  return ' KMG'.charAt('KMGT'.indexOf(unit.toUpperCase()));
}

/** `65,536`, `65_536` → `65536`. */
export function repairCount(text: string, most: number): string | undefined {
  const digits = /^[0-9]{1,3}([_,.' ][0-9]{3})+$/.test(text) ? text.replace(/[^0-9]/g, '') : text;
  return /^(0|[1-9][0-9]{0,6})$/.test(digits) && Number(digits) <= most ? digits : undefined;
}

/** `48 hours` → `48h`. */
export function repairDuration(text: string): string | undefined {
  const [, number, word = ''] = /^([1-9][0-9]{0,5})\s*([a-z]*)$/i.exec(text) ?? [];
  if (number === undefined) return undefined;
  if (word === '') return `${number}h if hours are meant: a bare number says nothing`;
  const [, unit] = TIME_WORDS.find(([words]) => words.test(word)) ?? [];
  return unit && `${number}${unit}`;
}

const TIME_WORDS = [
  [/^s(ec(ond)?s?)?$/i, 's'],
  [/^m(in(ute)?s?)?$/i, 'min'],
  [/^h(rs?|ours?)?$/i, 'h'],
  [/^d(ays?)?$/i, 'd'],
] as const;

import type { CommitName, Instant } from '../follow/record.ts';

/** Who a commit says has made it, and when. */
export interface Signed {
  /** `name <address>`, as it stands there. */
  readonly who: string;
  /** Seconds since 1970. */
  readonly seconds: number;
}

/** What a commit says of itself: git-cat-file(1). */
export interface CommitObject {
  readonly name: CommitName;
  readonly author: Signed;
  readonly committer: Signed;
  /** The first line of its message. */
  readonly subject: string;
  /** In the order in which they stand there; git writes one at most. */
  readonly signatures: readonly string[];
  /** The bytes that a signature is of: all but the signature. */
  readonly payload: Uint8Array;
}

/** Reads the object of a commit. Nothing if it is none, which git does not let in. */
export function readCommitObject(name: CommitName, bytes: Uint8Array): CommitObject | undefined {
  // One character for each byte, so that what is put together again is what was taken apart.
  const text = Buffer.from(bytes).toString('latin1');
  const end = text.indexOf('\n\n');
  const fields = readFields(text.slice(0, end));
  const [author, committer] = [personIn(fields, 'author'), personIn(fields, 'committer')];
  if (end === -1 || !author || !committer) return undefined;
  const others = fields.filter(({ key }) => key !== SIGNATURE);
  const message = text.slice(end + 2);
  return {
    name,
    author,
    committer,
    subject: decode(message.replace(/^\n+/, '').split('\n')[0] ?? ''),
    signatures: fields.filter(({ key }) => key === SIGNATURE).map(({ value }) => value),
    payload: Buffer.from(`${others.map(({ text: line }) => line).join('\n')}\n\n${message}`, 'latin1'),
  };
}

const SIGNATURE = 'gpgsig';

interface Field {
  readonly key: string;
  readonly value: string;
  /** As it stands there. */
  readonly text: string;
}

// A line that begins with a space goes on with the field before it.
function readFields(header: string): readonly Field[] {
  return header.split(/\n(?! )/).map((text) => {
    const [key = ''] = text.split(' ', 1);
    return { key, value: text.slice(key.length + 1).replaceAll('\n ', '\n'), text };
  });
}

function personIn(fields: readonly Field[], key: string): Signed | undefined {
  const [, who, seconds] =
    /^(.*) (\d{1,12}) [+-]\d{4}$/.exec(fields.find((field) => field.key === key)?.value ?? '') ?? [];
  return who === undefined ? undefined : { who: decode(who), seconds: Number(seconds) };
}

function decode(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}

/** Since 1970, as the records of a host have it. */
export function instantOf({ seconds }: Signed): Instant {
  return new Date(seconds * 1000).toISOString();
}

import type { Person } from './facts.ts';
import { allOf, linesOf } from './understand.ts';

/** Understands lines of passwd(5). Who is there twice, asked for by name and by number, is one. */
export function readPasswd(text: string): readonly Person[] | undefined {
  const people = allOf(linesOf(text).map(readPerson));
  return people && [...new Map(people.map((person) => [`${person.uid} ${person.name}`, person])).values()];
}

function readPerson(line: string): Person | undefined {
  const fields = line.split(':');
  const [name = '', , uid = '', , , home = ''] = fields;
  if (fields.length !== 7 || name === '' || !/^[0-9]{1,10}$/.test(uid)) return undefined;
  return { name, uid: Number(uid), home };
}

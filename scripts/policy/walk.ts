import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  type ParsedNode,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import { findHiddenCharacter, type Range, type TextProblem } from './source-text.ts';
import { UNLIMITED } from './unlimited.ts';

/** Where a value and its key stand; what is in a list, and the whole file, have no key. */
export interface Span {
  readonly key?: Range;
  readonly value: Range;
}

/** One walk over the parsed nodes: makes the plain value, notes where everything stands, refuses hidden meaning. */
export class Walk {
  readonly problems: TextProblem[] = [];
  readonly spans = new Map<string, Span>();
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The plain value of a node, which stands `at` a path. `span` says where its key is, and where it is if it is none. */
  read(node: ParsedNode | null, at: string, span: Span): unknown {
    const range = node ? rangeOf(node) : span.value;
    this.spans.set(at, { ...span, value: range });
    if (!node || !this.#isWrittenOut(node, range)) return null;
    if (isMap(node)) return this.#readMap(node, at);
    if (isSeq(node)) return node.items.map((item, index) => this.read(item, `${at}/${index}`, { value: range }));
    return this.#readScalar(node, range);
  }

  #readMap(map: YAMLMap.Parsed, at: string): Record<string, unknown> {
    // No prototype: a key such as "__proto__" is an unknown key like any other.
    const value: Record<string, unknown> = Object.create(null);
    for (const pair of map.items) {
      const key = this.#readKey(pair, at);
      if (key === undefined) continue;
      value[key.name] = this.read(pair.value, `${at}/${escapeKey(key.name)}`, { key: key.range, value: key.range });
    }
    return value;
  }

  #readKey({ key }: Pair<ParsedNode>, at: string): { name: string; range: Range } | undefined {
    const range = rangeOf(key);
    if (!this.#isWrittenOut(key, range)) return undefined;
    if (!isScalar(key)) {
      this.problems.push({
        rule: 'yaml-syntax',
        message: 'a key must be a word',
        range,
        fix: 'write one word before ":"',
      });
      return undefined;
    }
    // As it is written: a host called 007 is not the host 7.
    const name = String(key.source);
    this.#refuseHidden(name, range);
    const first = this.spans.get(`${at}/${escapeKey(name)}`)?.key;
    if (name === '<<') {
      this.problems.push({ rule: 'yaml-alias', message: 'merge keys are not allowed', range, fix: ALIAS_FIX });
      return undefined;
    }
    if (first) {
      const related = { range: first, message: 'first written here' };
      const message = `key "${name}" is written twice`;
      this.problems.push({ rule: 'yaml-duplicate-key', message, range, related, fix: 'keep one of the two' });
      return undefined;
    }
    return { name, range };
  }

  #readScalar(node: Scalar, range: Range): unknown {
    const { value, source } = node;
    this.#refuseHidden(source, range);
    if (typeof value !== 'number' || PLAIN_NUMBER.test(String(source))) return value;
    const plain = Number.isFinite(value) ? value : UNLIMITED;
    const message = `number "${source}" is not written plainly`;
    this.problems.push({ rule: 'yaml-number', message, range, fix: `write ${plain}, or quote it if it is text` });
    return value;
  }

  // In double quotes, "\r" or "\u202E" bring in what the text itself may not hold.
  #refuseHidden(text: string | undefined, range: Range): void {
    const character = findHiddenCharacter(String(text));
    if (character === undefined) return;
    const message = `character ${character} is not allowed, not even in quotes: it cannot be seen`;
    this.problems.push({ rule: 'text-character', message, range, fix: 'remove it' });
  }

  // Anchors and tags are refused as well; what they stand at can still be read, and checked.
  #isWrittenOut(node: ParsedNode, range: Range): node is Exclude<ParsedNode, Alias.Parsed> {
    if (isAlias(node)) {
      const message = `alias "*${node.source}" is not allowed`;
      this.problems.push({ rule: 'yaml-alias', message, range, fix: ALIAS_FIX });
      return false;
    }
    if (node.anchor !== undefined) {
      const message = `anchor "&${node.anchor}" is not allowed`;
      const place = this.#before(range, `&${node.anchor}`);
      this.problems.push({ rule: 'yaml-alias', message, range: place, fix: ALIAS_FIX });
    }
    if (node.tag !== undefined) {
      const tag = node.tag.replace(/^tag:yaml[.]org,2002:/, '!!');
      const place = this.#before(range, tag);
      this.problems.push({ rule: 'yaml-tag', message: `tag "${tag}" is not allowed`, range: place, fix: TAG_FIX });
    }
    return true;
  }

  // Where an anchor or a tag stands: before its value, which is what the parser gives as the place of both.
  #before(range: Range, word: string): Range {
    const start = this.#text.lastIndexOf(word, range[0]);
    return start === -1 ? range : [start, start + word.length];
  }
}

const PLAIN_NUMBER = /^-?(0|[1-9][0-9]*)([.][0-9]+)?$/;
const TAG_FIX = 'write the value alone, in quotes if it is text';
const ALIAS_FIX = 'write the value out where it holds: policy must read as it is';

function rangeOf({ range: [start, end] }: ParsedNode): Range {
  return [start, end];
}

/** A key as a part of a path: RFC 6901. */
export function escapeKey(key: string): string {
  return key.includes('/') || key.includes('~') ? key.replaceAll('~', '~0').replaceAll('/', '~1') : key;
}

/** Start and end of a stretch of text, in UTF-16 units from its beginning. */
export type Range = readonly [start: number, end: number];

/** A problem at a range of a text, before it has a line and a column. */
export interface TextProblem {
  readonly rule: string;
  readonly message: string;
  readonly range: Range;
  readonly related?: { readonly range: Range; readonly message: string };
  readonly fix: string;
}

/**
 * The first problem of a text that has nothing to do with YAML: characters that make it read differently from what it
 * is, or a file that may have been cut off. `undefined` if there is none.
 */
export function findTextProblem(text: string): TextProblem | undefined {
  const hidden = HIDDEN.exec(text);
  if (hidden) return explainHidden(hidden[0], hidden.index);
  if (text.trim() === '' || text.endsWith('\n')) return undefined;
  const message = 'the last line does not end with a newline: the file may have been cut off';
  const fix = 'look whether the rest is missing, then end the last line with a newline';
  return { rule: 'text-newline', message, range: [text.length, text.length], fix };
}

// Control characters except newline; the byte order mark; everything that reorders or hides text (Unicode Cf, Zl, Zp);
// and U+FFFD, which stands for characters that some program could not read.
const HIDDEN = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\uFFFD]/u;

/** The first character of a value that cannot be seen, as `U+000D`: quotes can bring in what the text itself may not hold. */
export function findHiddenCharacter(value: string): string | undefined {
  const character = HIDDEN.exec(value)?.[0];
  return character && codeOf(character);
}

function codeOf(character: string): string {
  return `U+${Number(character.codePointAt(0)).toString(16).toUpperCase().padStart(4, '0')}`;
}

function explainHidden(character: string, index: number): TextProblem {
  const range = [index, index + character.length] as const;
  if (character === '\t') return { rule: 'text-tab', message: 'tabs are not allowed', range, fix: 'write spaces' };
  if (character === '\r') {
    const message = 'a line must end with LF alone, without CR';
    return { rule: 'text-newline', message, range, fix: 'save the file with Unix line ends' };
  }
  if (character === '\uFFFD') {
    const message = 'character U+FFFD is not allowed: it stands for one that was lost when the file was converted';
    return { rule: 'text-character', message, range, fix: 'write the character that was meant' };
  }
  const message = `character ${codeOf(character)} is not allowed: it cannot be seen`;
  return { rule: 'text-character', message, range, fix: 'remove it' };
}

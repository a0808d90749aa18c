/**
 * A text as lines of at most so many characters, broken at blanks. A word that is longer stays whole: half a path or half a
 * command is neither. A sign of percent stays with its number.
 */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/ (?!%)/)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && longer.length > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

/** The same below a first column: lines after the first are indented as far as it is wide. */
export function hanging(first: string, text: string, width: number): readonly string[] {
  const lines = wrapped(text, width - first.length);
  return lines.map((line, index) => `${index === 0 ? first : ' '.repeat(first.length)}${line}`.trimEnd());
}

import { expect } from 'vitest';

/** A text that tries everything that a log, Markdown, HTML and GitHub would make more of than text. */
export const HOSTILE =
  '::error file=x::y ##[error]z %0A::warning::w @everybody https://evil.example www.evil.example <img src=x> [a](b) #1';

/** Outside of code spans nothing of that is left. `links` are those that have to be there. */
export function expectOnlyText(markdown: string, links: readonly string[] = []): void {
  const known = links.reduce((text, link) => text.replace(link, ''), markdown);
  // Code spans, CommonMark: between two runs of as many backticks.
  const outside = known.replace(/(?<!`)(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, '').replace(/<\/?(?:details|summary)>/g, '');
  expect(outside).not.toMatch(/<[a-z!/]|\]\(|@everybody|https?:\/\/|www\.|(?<!&)#1\b/i);
}

/** No line is a command to the runner but those that findings are: `::error file=…,title=…::`. */
export function expectOnlyFindings(log: string): readonly string[] {
  const commands = log.split(/[\r\n]/).filter((line) => /^\s*::|##\[/.test(line));
  for (const line of commands) expect(line).toMatch(/^::(?:error|warning) file=[^:]+,line=[0-9]+,[^:]*title=[a-z-]+::/);
  return commands;
}

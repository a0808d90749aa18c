import type { Paint } from './paint.ts';
import { columns, count, printable } from './printable.ts';

/** What `init` has made. */
export interface NewRepository {
  /** As the user has called it. */
  readonly folder: string;
  readonly files: number;
  /** The first commit, as short as git makes it; absent if git did not know whose it is. */
  readonly commit?: string;
  /** Whether it is the clone of one that is on a server already. */
  readonly hasRemote: boolean;
}

/** What was made, and what comes next. */
export function newRepositoryText({ folder, files, commit, hasRemote }: NewRepository, paint: Paint): string {
  const where = printable(folder);
  const begin =
    commit === undefined ? [['git commit --message "Begin with our policy"', 'once git knows who you are']] : [];
  const lines = [
    commit === undefined
      ? `made ${where}: ${count(files, 'file')} on branch main, not committed yet`
      : `made ${where}: ${count(files, 'file')} on branch main, committed as ${commit}`,
    '',
    paint('strong', 'next'),
    ...columns(
      [
        ...(folder === '.' ? [] : [[`cd ${quoted(where)}`, '']]),
        ['npm install', 'gets the tool, and locks it in package-lock.json'],
        ['npm run -s ds01-policy -- validate', 'the numbers are in policy/groups: read them before others do'],
        ...begin,
        ['git add package-lock.json', ''],
        ['git commit --message "Lock the tool"', ''],
        hasRemote
          ? ['git push --set-upstream origin main', '']
          : ['gh repo create OWNER/NAME --private --source . --push', 'or on the page of GitHub'],
        ['gh label create approved', 'it turns a request for access into a pull request'],
      ],
      '  ',
    ),
    '',
    paint('strong', 'on the page of the repository'),
    '  Rules, for main: pull requests only, review of code owners, approvals dismissed by new commits, and the checks',
    '    validate and ds01-policy/review, both from GitHub Actions',
    '  Actions, General: let GitHub Actions create pull requests',
  ];
  return `${lines.join('\n')}\n`;
}

// For a shell: what has other characters than a usual path is between quotes.
function quoted(path: string): string {
  if (path.startsWith('-')) return quoted(`./${path}`);
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

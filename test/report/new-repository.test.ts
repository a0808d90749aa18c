import { describe, expect, it } from 'vitest';
import { newRepositoryText } from '../../scripts/report/new-repository.ts';
import { plain } from '../../scripts/report/paint.ts';

describe('a new repository', () => {
  it('has a commit, and a list of what comes next', () => {
    expect(newRepositoryText({ folder: 'lab', files: 19, commit: '1234567', hasRemote: false }, plain)).toBe(`\
made lab: 19 files on branch main, committed as 1234567

next
  cd lab
  npm install                                            gets the tool, and locks it in package-lock.json
  npm run -s ds01-policy -- validate                     the numbers are in policy/groups: read them before others do
  git add package-lock.json
  git commit --message "Lock the tool"
  gh repo create OWNER/NAME --private --source . --push  or on the page of GitHub
  gh label create approved                               it turns a request for access into a pull request

on the page of the repository
  Rules, for main: pull requests only, review of code owners, approvals dismissed by new commits, and the checks
    validate and ds01-policy/review, both from GitHub Actions
  Actions, General: let GitHub Actions create pull requests
`);
  });

  it('is one commit less without an identity', () => {
    const lines = newRepositoryText({ folder: 'lab', files: 19, hasRemote: false }, plain).split('\n');
    expect(lines[0]).toBe('made lab: 19 files on branch main, not committed yet');
    const [validate, commit, lock] = lines.filter((line) => / -- validate|git /.test(line));
    expect(validate).toContain('validate');
    expect(commit).toMatch(/^ {2}git commit --message "Begin with our policy" +once git knows who you are$/);
    expect(lock).toBe('  git add package-lock.json');
  });

  it('is pushed where it was cloned from', () => {
    const text = newRepositoryText({ folder: 'lab', files: 19, commit: '1234567', hasRemote: true }, plain);
    expect(text).toContain('\n  git push --set-upstream origin main\n');
    expect(text).not.toContain('gh repo create');
  });

  it('needs no cd where one is already', () => {
    expect(newRepositoryText({ folder: '.', files: 19, hasRemote: false }, plain)).not.toContain('cd ');
  });

  it.each([
    ['../lab-policy', '../lab-policy'],
    ['my lab', "'my lab'"],
    ["it's; id", "'it'\\''s; id'"],
    ['-lab', './-lab'],
    ['lab\u001b[2J', "'lab\\u{1b}[2J'"],
  ])('is found by a shell as %j', (folder, word) => {
    expect(newRepositoryText({ folder, files: 19, hasRemote: false }, plain)).toContain(`  cd ${word}\n`);
  });
});

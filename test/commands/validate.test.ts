import { chmodSync, mkdirSync, renameSync, symlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runCli } from '../support/run-cli.ts';
import { expected, Place } from './world.ts';

const CLEAN = { exitCode: 0, stdout: 'no findings\n', stderr: '' };

/** Different mistakes in four files, and two files that should not be there. */
const WRONG = {
  'groups/student.yaml':
    'description: Students, and everybody who is not listed\n' +
    'limits:\n' +
    '  per_group: { cpu_quota: 1600%, memory_max: 32g, tasks_max: 512 }\n',
  'members/204214.yaml':
    'accounts: [204214@hertie-school.lan, DataScienceLab@hertie-school.org]\n' +
    'gruop: researcher\n' +
    'group: reseacher\n' +
    'reason: a reason\n' +
    'granted: 2025-12-05\n' +
    'expires: 2025-02-30\n',
  'members/notes.yml': 'notes\n',
  'members/x.yaml': 'accounts: [x@hertie-school.lan]',
};

const TEXT = expected('validate.txt');

const GITHUB = expected('validate-github.txt');

describe.concurrent('validate', () => {
  it('finds nothing wrong with the policy of record', async () => {
    const { exitCode, stderr, stdout } = await runCli(['validate']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    // A grant may have come to its end by now, which is worth a line and no error.
    expect(stdout).not.toContain('error');
    expect(await new Place().run('validate')).toEqual(CLEAN);
    expect(await new Place().run('validate --format github')).toEqual({ ...CLEAN, stdout: '' });
  });

  it('prints all findings at once, for people', async () => {
    expect(await new Place(WRONG).run('validate')).toEqual({ exitCode: 1, stdout: TEXT, stderr: '' });
  });

  it('prints them as annotations', async () => {
    const run = await new Place(WRONG).run('validate --format github');
    expect(run).toEqual({ exitCode: 1, stdout: GITHUB, stderr: '' });
  });

  it('prints them for programs', async () => {
    const { exitCode, stdout, stderr } = await new Place(WRONG).run('validate --format json');
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' });
    const { findings, ...head } = JSON.parse(stdout);
    expect(head).toEqual({ version: 1, errors: 9, warnings: 0 });
    expect(findings.map(({ rule }: { rule: string }) => rule)).toEqual(
      [...GITHUB.matchAll(/title=([a-z-]+)/g)].map(([, rule]) => rule),
    );
    expect(findings[6]).toEqual({
      rule: 'account-unique',
      severity: 'error',
      message: 'account "datasciencelab@hertie-school.lan" is already in member "204214"',
      location: { file: 'policy/members/datasciencelab.yaml', line: 2, column: 12, endLine: 2, endColumn: 44 },
      excerpt: 'accounts: [datasciencelab@hertie-school.lan]',
      related: [
        {
          message: 'the same account',
          location: { file: 'policy/members/204214.yaml', line: 1, column: 38, endLine: 1, endColumn: 70 },
        },
      ],
      fix: 'keep it in one place',
    });
  });

  it('exits 0 with a warning, on the day it is about', async () => {
    const place = new Place();
    place.edit('members/204214.yaml', 'expires: never', 'expires: 2026-03-31');
    expect(await place.run('validate --on 2026-03-31')).toEqual(CLEAN);
    expect(await place.run('validate --on 2026-04-01')).toEqual({
      exitCode: 0,
      stdout: `policy/members/204214.yaml:6:10: warning: the grant expired on 2026-03-31 and takes no effect: "204214" is in "student" [grant-inactive]
  6 | expires: 2026-03-31
    |          ^^^^^^^^^^
  fix: grant it anew, or delete the file

1 warning
`,
      stderr: '',
    });
  });

  it('shows the paths as they were given', async () => {
    const place = new Place({ 'members/x.yaml': '' });
    renameSync(place.at('policy'), place.at('lab'));
    const first = async (folder: string) => (await place.run(`validate --policy ${folder}`)).stdout.split('\n')[0];
    const rest = ':1:1: error: the file is empty [yaml-empty]';
    expect(await first('lab')).toBe(`lab/members/x.yaml${rest}`);
    expect(await first('root/../lab/')).toBe(`lab/members/x.yaml${rest}`);
    expect(await first(place.at('lab'))).toBe(`${place.at('lab')}/members/x.yaml${rest}`);
  });

  it('says so when there is no policy where it looks', async () => {
    const place = new Place();
    expect(await place.run('validate --policy nowhere')).toEqual({
      exitCode: 1,
      stdout: `nowhere:1:1: error: there is no policy folder here [file-unreadable]
  fix: name the folder that holds site.yaml, groups/ and members/ with --policy DIR

1 error
`,
      stderr: '',
    });
    const empty = await place.run('validate --policy root');
    expect(empty.exitCode).toBe(1);
    expect(empty.stdout).toMatch(
      /^root\/site.yaml:1:1: error: site.yaml does not exist \[file-missing\]\n {2}fix: .*--policy DIR\n/,
    );
    const { exitCode, stdout } = await place.run('validate --policy policy/site.yaml');
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^policy\/site.yaml:1:1: error: cannot be read: ENOTDIR: not a directory/);
  });
});

const ESCAPE = '\u001b';
const HOSTILE = [
  'members/line\n::error file=site.yaml::injected.yaml',
  `members/${ESCAPE}[31mred.yaml`,
  'members/::error::x.yaml',
  'members/comma,line=7,title=x.yaml',
  'members/percent%0A::error::x.yaml',
  'members/\u202egnp.yaml',
  '::warning::stray',
];

describe.concurrent('hostile names of files', () => {
  const place = () => new Place(Object.fromEntries(HOSTILE.map((path) => [path, `text: "${ESCAPE}[2J"\n`])));

  it('stay on their line for people, and move no cursor', async () => {
    const { exitCode, stdout } = await place().run('validate');
    expect(exitCode).toBe(1);
    expect(stdout).not.toMatch(/[^\n\P{Cc}]|\p{Cf}/u);
    expect(stdout.split('\n').filter((line) => line.startsWith('::'))).toEqual([]);
    expect(stdout).toContain('policy/members/line\\u{a}::error file=site.yaml::injected.yaml:1:8: error: ');
    expect(stdout).toContain('policy/members/\\u{1b}[31mred.yaml:1:8: error: ');
    expect(stdout).toContain('  1 | text: "\\u{1b}[2J"\n    |        ^');
    expect(stdout).toMatch(/\n\n7 errors\n$/);
  });

  it('end no annotation and begin no other', async () => {
    const { stdout } = await place().run('validate --format github');
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(HOSTILE.length);
    expect(stdout).not.toMatch(/[^\n\P{Cc}]|\p{Cf}/u);
    const titles = lines.map((line) =>
      /^::error file=[^:,]+,line=1,endLine=1,col=\d,endColumn=\d,title=([a-z-]+)::/.exec(line),
    );
    expect(titles.map((match) => match?.[1]).sort()).toEqual(['file-stray', ...Array(6).fill('text-character')]);
    expect(stdout).toContain('file=policy/members/%3A%3Aerror%3A%3Ax.yaml,line');
    expect(stdout).toContain('file=policy/members/comma%2Cline=7%2Ctitle=x.yaml,line');
    expect(stdout).toContain('file=policy/members/percent%250A%3A%3Aerror%3A%3Ax.yaml,line');
  });

  it('are whole for programs', async () => {
    const { stdout } = await place().run('validate --format json');
    const files = JSON.parse(stdout).findings.map(({ location }: { location: { file: string } }) => location.file);
    expect(files.sort()).toEqual(HOSTILE.map((path) => `policy/${path}`).sort());
  });
});

describe.concurrent('what is no file', () => {
  it('is a finding: a link, a folder, a folder that cannot be read', async () => {
    const place = new Place();
    symlinkSync('204214.yaml', place.at('policy/members/link.yaml'));
    symlinkSync('/dev/zero', place.at('policy/groups/endless.yaml'));
    mkdirSync(place.at('policy/members/folder.yaml'));
    mkdirSync(place.at('policy/more/deeper'), { recursive: true });
    const { exitCode, stdout } = await place.run('validate');
    expect(exitCode).toBe(1);
    expect(stdout).toBe(`policy/groups/endless.yaml:1:1: error: "groups/endless.yaml" is a symbolic link [file-type]
  fix: put the file itself here

policy/members/folder.yaml:1:1: error: "members/folder.yaml" is a folder [file-type]
  fix: move it out of the policy folder

policy/members/link.yaml:1:1: error: "members/link.yaml" is a symbolic link [file-type]
  fix: put the file itself here

policy/more/deeper:1:1: error: "more/deeper" has no place in policy [file-stray]
  fix: policy is site.yaml, groups/<group>.yaml, members/<id>.yaml and allow.yaml: move this out of the policy folder

4 errors
`);
  });

  const root = process.getuid?.() === 0;
  if (root) console.warn('skipped: a policy folder that cannot be read; root reads everything');
  it.skipIf(root)('is a finding when it cannot be read', async () => {
    const place = new Place();
    chmodSync(place.at('policy/members'), 0o000);
    const { exitCode, stdout } = await place.run('validate');
    chmodSync(place.at('policy/members'), 0o755);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^policy\/members:1:1: error: cannot be read: EACCES: permission denied/);
  });
});

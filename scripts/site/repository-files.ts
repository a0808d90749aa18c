import { githubFiles } from './github-files.ts';
import type { NewSite } from './new-site.ts';
import { policyFiles } from './policy-files.ts';

/** All texts of a new policy repository, by path. The same site gives the same bytes. */
export function repositoryFiles(site: NewSite): ReadonlyMap<string, string> {
  const policy = Object.entries(policyFiles(site)).map(([path, text]) => [`policy/${path}`, text] as const);
  return new Map([...policy, ...Object.entries({ ...githubFiles(site), ...topFiles(site) })]);
}

function topFiles(site: NewSite): Readonly<Record<string, string>> {
  return {
    '.gitattributes': '# The same bytes in every checkout.\n* text=auto eol=lf\n',
    '.gitignore': 'node_modules/\n',
    'README.md': readmeText(site),
    'package.json': packageText(site),
  };
}

function packageText({ name, tool }: NewSite): string {
  const content = {
    // Not the name of the tool, whatever the site is called.
    name: `policy-of-${name}`,
    private: true,
    engines: { node: '>=20.19' },
    scripts: { 'ds01-policy': 'ds01-policy' },
    devDependencies: { 'ds01-policy': tool },
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

function readmeText({ name, domain, hosts: [{ name: host }] }: NewSite): string {
  return `\
# Policy of ${name}

Who may use how much of our servers. \`policy/\` says it; a pull request shows what changes for whom; a merge is on the
servers a minute later, and \`git revert\` takes it back. Begin with \`npm ci\` (Node 20.19 or newer, and git).

## Give somebody access

\`\`\`
npm run -s ds01-policy -- grant 100001 researcher --until +6m --reason "CPU-bound work, throttled as a student"
\`\`\`

Writes \`policy/members/100001.yaml\` for 100001@${domain}, checks it, shows what it does, commits it on a
branch of its own, pushes, and opens the pull request. \`extend\`, \`revoke\` and \`set-limit\` do the same for the rest; an
editor does as well. A grant ends by itself after its last day. Whoever wants access can also ask, with an issue of the
form "Request access": the label \`approved\` makes the pull request.

## Review

\`\`\`
npm run -s ds01-policy -- validate --base main     # is it allowed?
npm run -s ds01-policy -- plan --base main         # who gets what, and which limits fall
npm run -s ds01-policy -- history --policy         # every grant and limit there ever was
\`\`\`

The same stands below each pull request. Policy and all the rest, such as another version of the tool in \`package.json\`,
go into pull requests of their own. What must be meant is said by name in a line of a commit; the check says which.

## Have a server follow

On the server, as root, in a checkout of this repository after \`npm ci\`:

\`\`\`
npm run -s ds01-policy -- install --remote URL-OF-THIS-REPOSITORY --host ${host}
\`\`\`

From then on nobody logs in for this. \`ds01-policy status\` says how it is.
`;
}

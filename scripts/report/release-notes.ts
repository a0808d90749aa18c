/** What CHANGELOG.md says about a version; nothing if it has no part for it, or an empty one. */
export function changelogPart(changelog: string, version: string): string | undefined {
  const lines = changelog.split('\n');
  const start = lines.findIndex((line) => line === `## [${version}]` || line.startsWith(`## [${version}] `));
  if (start === -1) return undefined;
  const length = lines.slice(start + 1).findIndex((line) => /^(?:## |\[[^\]]+\]: )/.test(line));
  const part = lines.slice(start + 1, length === -1 ? undefined : start + 1 + length);
  const text = part.join('\n').trim();
  return text === '' ? undefined : text;
}

/** The notes of a release: what its users notice, what became of policy since the last one, and how to check the files. */
export function releaseNotes(part: string, policy: string, repository: string): string {
  const check = [
    '### Checking the files',
    '',
    '```',
    'sha256sum --check SHA256SUMS',
    `gh attestation verify ds01-policy.mjs --repo ${repository}`,
    '```',
  ];
  const changes = policy.trim() === '' ? [] : ['### Policy', '', policy.trim(), ''];
  return `${[part, '', ...changes, ...check].join('\n')}\n`;
}

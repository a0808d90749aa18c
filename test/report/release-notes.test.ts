import { describe, expect, it } from 'vitest';
import { changelogPart, releaseNotes } from '../../scripts/report/release-notes.ts';

const CHANGELOG = `# Changelog

## [Unreleased]

## [1.2.0] - 2026-11-24

### Added

- The second thing.

## [1.1.0] - 2026-10-01

- The first thing.

[1.2.0]: https://example.org/1.2.0
`;

describe('the part of a version', () => {
  it('is what stands between its title and the next', () => {
    expect(changelogPart(CHANGELOG, '1.2.0')).toBe('### Added\n\n- The second thing.');
    expect(changelogPart(CHANGELOG, '1.1.0')).toBe('- The first thing.');
  });

  it('is none where there is nothing to say, or another version', () => {
    for (const version of ['Unreleased', '1.2', '2.0', '.*']) expect(changelogPart(CHANGELOG, version)).toBeUndefined();
  });
});

describe('the notes of a release', () => {
  it('say what users notice, what became of policy, and how to check the files', () => {
    expect(releaseNotes('- A thing.', '- 2026-11-24: `grants x`\n', 'example/policy')).toBe(`- A thing.

### Policy

- 2026-11-24: \`grants x\`

### Checking the files

\`\`\`
sha256sum --check SHA256SUMS
gh attestation verify ds01-policy.mjs --repo example/policy
\`\`\`
`);
  });

  it('say nothing of policy where nothing became of it', () => {
    expect(releaseNotes('- A thing.', '', 'example/policy')).not.toContain('### Policy');
  });
});

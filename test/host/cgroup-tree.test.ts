import { describe, expect, it } from 'vitest';
import { unlessForbidden, unlessGone } from '../../scripts/host/cgroup-tree.ts';

function failing(code: string) {
  return () => {
    throw Object.assign(new Error(code), { code });
  };
}

const CODES = ['ENOENT', 'ENODEV', 'ENOTDIR', 'ESRCH', 'ENOTSUP', 'ENAMETOOLONG', 'EACCES', 'EPERM', 'EINVAL', 'EIO'];

describe('what the kernel says of a file that cannot be read', () => {
  it.each(CODES.slice(0, 6))('%s is that it is gone, or was never there', (code) => {
    expect(unlessGone(failing(code))).toBeUndefined();
    expect(() => unlessForbidden(failing(code))).toThrow(code);
  });

  it.each(CODES.slice(6, 8))('%s is that somebody has closed it', (code) => {
    expect(unlessForbidden(failing(code))).toBeUndefined();
    expect(() => unlessGone(failing(code))).toThrow(code);
  });

  it.each(CODES.slice(8))('%s is a failure', (code) => {
    expect(() => unlessGone(failing(code))).toThrow(code);
    expect(() => unlessForbidden(failing(code))).toThrow(code);
  });

  it('and what can be read is read', () => {
    expect([unlessGone(() => 'x'), unlessForbidden(() => 'y')]).toEqual(['x', 'y']);
  });
});

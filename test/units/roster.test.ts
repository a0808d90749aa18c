import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { render } from '../../scripts/units/render.ts';
import { readRoster } from '../../scripts/units/roster.ts';
import { MARK } from '../../scripts/units/unit-text.ts';
import { policyFilesOf, policyModels, TODAY } from '../support/arbitrary-policy.ts';
import { resolveFiles, resolvePolicy } from '../support/resolve-policy.ts';

describe('the roster of a host', () => {
  it('is what its units say', () => {
    expect(readRoster(render(resolvePolicy()))).toEqual({
      accounts: new Map([
        ['datasciencelab@hertie-school.lan', { group: 'admin', member: 'datasciencelab' }],
        ['204214@hertie-school.lan', { group: 'researcher', member: '204214' }],
        ['s.kaiser@hertie-school.lan', { group: 'researcher', member: '204214' }],
      ]),
      groups: new Set(['admin', 'researcher', 'student']),
      defaultGroup: 'student',
      adminGroup: 'admin',
    });
  });

  it('is empty where nothing of ours is', () => {
    expect(readRoster([])).toEqual({ accounts: new Map(), groups: new Set() });
  });

  it('does not believe files of others, drop-ins, half an account, or other sections', () => {
    const says = (section: string) => `\n[${section}]\nAccount=a@b\nMember=a\nGroup=g\nDefaultGroup=d\nAdminGroup=x\n`;
    const units = [
      { path: 'ds01-g-a.slice', text: says('X-ds01-policy') },
      { path: 'ds01-g-a.slice.d/50-ds01-policy.conf', text: `${MARK}${says('X-ds01-policy')}` },
      { path: 'ds01-g-b.slice', text: `${MARK}${says('Slice')}` },
      { path: 'ds01-g-c.slice', text: `${MARK}\n[X-ds01-policy]\nAccount=c@b\n` },
    ];
    expect(readRoster(units)).toEqual({ accounts: new Map(), groups: new Set() });
  });

  it('is who policy lists with a grant that holds, for any policy', () => {
    fc.assert(
      fc.property(policyModels, (model) => {
        const resolved = resolveFiles(policyFilesOf(model), TODAY);
        const active = [...resolved.accounts.values()].filter(({ state }) => state === 'active');
        const { accounts, groups } = readRoster(render(resolved));
        expect(accounts).toEqual(
          new Map(
            active.map(({ account, group, member }) => [account, { group: group.group.name, member: member?.id }]),
          ),
        );
        expect(groups).toEqual(new Set(resolved.groups.keys()));
      }),
      { numRuns: 30 },
    );
  });
});

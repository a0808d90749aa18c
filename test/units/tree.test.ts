import { describe, expect, it } from 'vitest';
import { DROP_IN, render } from '../../scripts/units/render.ts';
import { type SliceNode, sliceTree } from '../../scripts/units/tree.ts';
import { groupText, memberText, resolvePolicy } from '../support/resolve-policy.ts';

type Texts = Readonly<Record<string, string>>;

// One line for each slice: its kind, its name, and its limits.
function lines(node: SliceNode | undefined, indent = ''): readonly string[] {
  if (!node) return [];
  const { kind, name, account, settings, children } = node;
  const limits = settings.map(({ key, text }) => `${key}=${text}`);
  const line = `${indent}${[kind, name, ...(account ? [account] : []), ...limits].join(' ')}`;
  return [line, ...children.flatMap((child) => lines(child, `${indent}  `))];
}

function treeOf(texts: Texts = {}): readonly string[] {
  return lines(sliceTree('ds01', [...render(resolvePolicy(texts))].reverse()));
}

describe('the tree of slices', () => {
  it('has groups in the site, and in each of them the members who have a unit, and all others', () => {
    expect(treeOf()).toEqual([
      'site ds01.slice',
      '  group ds01-admin.slice CPUQuota= MemoryMax=infinity TasksMax=infinity',
      '    member ds01-admin-datasciencelab.slice datasciencelab@hertie-school.lan',
      '    others ds01-admin-….slice',
      '  group ds01-researcher.slice CPUQuota=12800% MemoryMax=128G TasksMax=65536 container cpus=64 container memory=128G',
      '    member ds01-researcher-204214.slice 204214@hertie-school.lan',
      '    member ds01-researcher-s_kaiser.slice s.kaiser@hertie-school.lan',
      '    others ds01-researcher-….slice',
      '  group ds01-student.slice CPUQuota=1600% MemoryMax=32G TasksMax=65536 container cpus=16 container memory=32G',
      '    others ds01-student-….slice',
    ]);
  });

  it('shows the limits of each member, and those of one member’s own, for the slice and for containers', () => {
    const tree = treeOf({
      'groups/researcher.yaml': groupText(
        'cpu_quota: 12800%, memory_max: 128G, tasks_max: 65536',
        '  per_member: { memory_max: 64G }\n',
      ),
      'members/204214.yaml': memberText(
        '204214',
        'researcher',
        'expires: never\nlimits: { per_member: { tasks_max: 8192 }, per_container: { gpus: 2 } }\n',
      ),
    });
    expect(tree.slice(4, 7)).toEqual([
      '  group ds01-researcher.slice CPUQuota=12800% MemoryMax=128G TasksMax=65536',
      '    member ds01-researcher-204214.slice 204214@hertie-school.lan MemoryMax=64G TasksMax=8192 container gpus=2',
      '    others ds01-researcher-….slice MemoryMax=64G',
    ]);
  });

  it('is not there without the slice of the site, or if that is not ours', () => {
    const units = render(resolvePolicy());
    expect(sliceTree('ds01', [])).toBeUndefined();
    expect(sliceTree('ds02', units)).toBeUndefined();
    const foreign = units.map((unit) => (unit.path === 'ds01.slice' ? { ...unit, text: '[Slice]\n' } : unit));
    expect(sliceTree('ds01', foreign)).toBeUndefined();
  });

  it('leaves out files of others, and is whole where files of ours are missing', () => {
    const units = render(resolvePolicy()).filter(({ path }) => path !== `ds01-student-.slice.d/${DROP_IN}`);
    const tree = lines(sliceTree('ds01', [...units, { path: 'ds01-local.slice', text: '[Slice]\nTasksMax=1\n' }]));
    expect(tree).toEqual(treeOf());
  });

  it('does not show a member whose unit says half of what it should', () => {
    const units = render(resolvePolicy()).map((unit) => ({ ...unit, text: unit.text.replace('Member=204214\n', '') }));
    expect(lines(sliceTree('ds01', units)).join('\n')).not.toContain('204214');
  });
});

import { describe, expect, it } from 'vitest';
import { oomKills, refusedForks } from '../../scripts/diagnosis/kernel-words.ts';

const SLICE = '/ds01.slice/ds01-student.slice';
const HEAD = 'oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=ds01.slice,mems_allowed=0';

function killed(text: string) {
  return oomKills([{ at: 7, text }]);
}

describe('what the kernel says of forks that it refused', () => {
  it('is where they were tried', () => {
    const text = `cgroup: fork rejected by pids controller in ${SLICE}`;
    expect(refusedForks([{ at: 5, text }])).toEqual([{ at: 5, path: SLICE }]);
    expect(refusedForks([{ at: 5, text: `${text}\nand more` }])).toEqual([{ at: 5, path: `${SLICE}\nand more` }]);
  });

  it.each([
    'cgroup: fork rejected by pids controller in nowhere',
    `[  1.2] cgroup: fork rejected by pids controller in ${SLICE}`,
    `"cgroup: fork rejected by pids controller in ${SLICE}" says a driver`,
  ])('is nothing else: %s', (text) => {
    expect(refusedForks([{ at: 5, text }])).toEqual([]);
  });
});

describe('what the kernel says of processes that it killed', () => {
  it('is whose limit it was, and who died', () => {
    expect(killed(`${HEAD},oom_memcg=${SLICE},task_memcg=${SLICE}/a.scope,task=node,pid=300,uid=1001`)).toEqual([
      { at: 7, limit: SLICE, path: `${SLICE}/a.scope`, name: 'node', pid: 300, uid: 1001 },
    ]);
    expect(killed(`${HEAD},oom_memcg=${SLICE},task_memcg=${SLICE},task=node,pid=300,uid=0`)).toMatchObject([
      { limit: SLICE, path: SLICE },
    ]);
  });

  it('is that it was the whole machine', () => {
    const text = HEAD.replace('MEMCG', 'NONE');
    expect(killed(`${text},global_oom,task_memcg=${SLICE},task=node,pid=3,uid=0`)).toEqual([
      { at: 7, path: SLICE, name: 'node', pid: 3, uid: 0 },
    ]);
  });

  it('has names that look like what is around them', () => {
    const named = (name: string) => killed(`${HEAD},oom_memcg=/a,task_memcg=/a/b,task=${name},pid=3,uid=0`);
    for (const name of ['x,task=y', ',pid=1,uid=2', '(a) b', 'a\nb', '', 'fifteen,letters'])
      expect(named(name)).toMatchObject([{ limit: '/a', path: '/a/b', name, pid: 3 }]);
    expect(named('sixteen, letters')).toEqual([]);
  });

  it.each([
    ['a victim that is not in the cgroup', `${HEAD},oom_memcg=/a,task_memcg=/ab,task=x,pid=3,uid=0`],
    ['nobody’s memory', `${HEAD},task_memcg=/a,task=x,pid=3,uid=0`],
    ['no path', `${HEAD},oom_memcg=/a,task_memcg=a,task=x,pid=3,uid=0`],
    ['no process', `${HEAD},oom_memcg=/a,task_memcg=/a,task=x,pid=,uid=0`],
    ['something behind it', `${HEAD},oom_memcg=/a,task_memcg=/a,task=x,pid=3,uid=0 `],
    ['something before it', ` ${HEAD},oom_memcg=/a,task_memcg=/a,task=x,pid=3,uid=0`],
    ['another sentence', 'Memory cgroup out of memory: Killed process 300 (node) total-vm:1kB'],
  ])('is not understood with %s', (_title, text) => {
    expect(killed(text)).toEqual([]);
  });

  it('is given up soon, however much of it looks like something', () => {
    expect(killed(`${HEAD}${',oom_memcg=/,task_memcg=/,task='.repeat(300)}x`)).toEqual([]);
  });
});

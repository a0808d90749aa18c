import type { Entitlement } from '../policy/resolve.ts';
import { bytes } from '../units/running.ts';
import type { Case } from './case.ts';
import { cgroupFile } from './cgroup-file.ts';
import { cgroupName } from './cgroup-words.ts';
import type { Evidence } from './check.ts';
import type { Container } from './facts.ts';
import { coresText } from './figures.ts';
import type { Meter } from './meter.ts';
import { type UnlimitedWork, useText } from './unlimited-work.ts';
import { containerOf, ownerOfContainer, programsIn } from './work-owner.ts';

/** Containers that no limit of a group holds for: outside of the site's slice, or directly in it. */
export function containersOutside(found: Case): readonly UnlimitedWork[] {
  const site = `/${found.resolved.site.name}.slice`;
  const outside = found.all.filter(({ level, container, path, name }) => {
    return container !== undefined && (level === 'outside' || path === `${site}/${name}`);
  });
  return outside.map((meter) => unlimitedContainer(meter, found));
}

function unlimitedContainer(meter: Meter, found: Case): UnlimitedWork {
  const [owner, made] = [ownerOfContainer(meter, found), containerOf(meter, found)];
  const name = cgroupName(meter, found);
  const use = {
    cores: meter.cpu?.cores ?? programsIn(meter.path, found).reduce((sum, { cores }) => sum + cores, 0),
    ...(meter.memory && { memory: meter.memory.held }),
  };
  return {
    ...(owner && { owner: owner.entitlement }),
    use,
    isAsked: isAsked(meter, owner?.entitlement, found),
    words: {
      subject: name,
      message: `${name}${whoseText(owner?.entitlement)} runs ${placeOf(meter, found)}, where no limit of policy holds: it ${useText(use)}`,
      evidence: [
        { source: cgroupFile(found.machine.version, meter.path, 'cgroup.procs'), figure: placeOf(meter, found) },
        ...useFigures(meter, found),
        ...(owner ? [owner.evidence] : []),
        ...(made ? [{ source: 'docker inspect', figure: madeText(made) }] : []),
      ],
      wayOut: wayIn(owner?.entitlement, made, found),
    },
  };
}

function useFigures({ path, cpu, memory }: Meter, { machine: { version }, window }: Case): readonly Evidence[] {
  const [used, held] = version === 'v2' ? ['cpu.stat', 'memory.current'] : ['cpuacct.usage', 'memory.usage_in_bytes'];
  const seconds = `${window.toFixed(1)} s`;
  return [
    ...(cpu ? [{ source: cgroupFile(version, path, used), figure: `${coresText(cpu.cores)} used in ${seconds}` }] : []),
    ...(memory ? [{ source: cgroupFile(version, path, held), figure: `${bytes(memory.held)} held` }] : []),
  ];
}

function isAsked({ container }: Meter, owner: Entitlement | undefined, { focus }: Case): boolean {
  if (focus?.kind === 'container') return focus.id === container;
  return focus !== undefined && focus.entitlement.account === owner?.account;
}

function whoseText(owner: Entitlement | undefined): string {
  return owner ? ` of ${owner.account}` : ' of an unknown owner';
}

function placeOf({ level, path }: Meter, { resolved: { site } }: Case): string {
  const slice = `${site.name}.slice`;
  return level === 'outside'
    ? `outside of ${slice}, in ${path.replace(/[/][^/]*$/, '') || '/'}`
    : `directly in ${slice}`;
}

function madeText({ image, cgroupParent, labels }: Container): string {
  const parent = cgroupParent === '' ? 'without --cgroup-parent' : `with --cgroup-parent=${cgroupParent}`;
  return `${KINDS[kindOf(labels)]} ${image}, made ${parent}`;
}

const KINDS = { devcontainer: 'a development container of', compose: 'a compose project with', run: 'a container of' };

function kindOf(labels: Container['labels']): keyof typeof KINDS {
  if (labels.has('devcontainer.local_folder')) return 'devcontainer';
  return labels.has('com.docker.compose.project') ? 'compose' : 'run';
}

// A slice that nobody has a name for yet is that of the default group.
function wayIn(owner: Entitlement | undefined, made: Container | undefined, { resolved: { site } }: Case): string {
  const slice = owner?.slice ?? `${site.name}-${site.defaultGroup.value}-ACCOUNT.slice`;
  const options = {
    devcontainer: `add "runArgs": ["--cgroup-parent=${slice}"] to its devcontainer.json, and rebuild it`,
    compose: `add cgroup_parent: ${slice} to the service in its compose file, and make it anew`,
    run: `make it anew with docker run --cgroup-parent=${slice}`,
  };
  return options[made ? kindOf(made.labels) : 'run'];
}

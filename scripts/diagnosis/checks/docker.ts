import { count, listing } from '../../units/listing.ts';
import { isInNamespace } from '../../units/unit-path.ts';
import type { Case } from '../case.ts';
import { cgroupFile } from '../cgroup-file.ts';
import type { Cause, Check, Checked } from '../check.ts';
import type { Docker } from '../facts.ts';
import { unknownOf } from '../unknown-of.ts';

const CONFIG = '/etc/docker/daemon.json';
const RESTART = 'then systemctl restart docker, which ends containers unless live-restore is on';

/** Containers are in systemd's slices only if Docker asks systemd for them, and knows which slice to ask for. */
export const docker: Check = {
  id: 'docker',
  title: 'Docker',
  about: 'machine',
  examine(found) {
    const { docker } = found.facts;
    if (docker.kind === 'absent') return { causes: [], saw: docker.why };
    if (docker.kind === 'silent') return { causes: [], saw: 'Docker said nothing', unknown: unknownOf(docker) };
    const { cgroupDriver } = docker.value;
    if (cgroupDriver !== 'systemd')
      return { causes: [driverCause(cgroupDriver)], saw: `cgroup driver "${cgroupDriver}"` };
    return examineParent(docker.value, found);
  },
};

function driverCause(driver: string): Cause {
  return {
    weight: 30,
    subject: 'docker.service',
    message: `Docker uses the cgroup driver "${driver}": containers do not go into the slices of systemd, and no limit of a slice holds for them`,
    evidence: [{ source: 'docker info', figure: `CgroupDriver ${driver}` }],
    wayOut: `write "exec-opts": ["native.cgroupdriver=systemd"] into ${CONFIG}, ${RESTART}`,
  };
}

function examineParent({ cgroupParent }: Docker, found: Case): Checked {
  const seen = 'cgroup driver systemd';
  if (cgroupParent.kind === 'silent') return { causes: [], saw: seen, unknown: unknownOf(cgroupParent) };
  const parent = cgroupParent.kind === 'told' ? cgroupParent.value : undefined;
  const site = found.resolved.site.name;
  if (parent === undefined) return outside(`${CONFIG} has no cgroup-parent`, parent, seen, found);
  const saw = `${seen}, cgroup-parent ${parent}`;
  if (!parent.endsWith('.slice')) return { causes: [spellingCause(parent, found)], saw };
  if (!isInNamespace(parent, site))
    return outside(`cgroup-parent "${parent}" is no slice of ${site}`, parent, saw, found);
  const note = `a container that is started without --cgroup-parent runs in ${parent}, where no limit of a group holds`;
  return { causes: [], saw, notes: parent === `${site}.slice` ? [note] : [] };
}

// With systemd, Docker takes slices only: dockerd(8), --cgroup-parent.
function spellingCause(parent: string, found: Case): Cause {
  return {
    weight: 20,
    subject: 'docker.service',
    message: `cgroup-parent "${parent}" is not the name of a slice: Docker does not start with it again`,
    evidence: [{ source: CONFIG, figure: parentFigure(parent) }],
    wayOut: parentWayOut(found),
  };
}

// Nothing is wrong as long as all containers are started by tools that name a slice.
function outside(why: string, parent: string | undefined, saw: string, found: Case): Checked {
  const { all, machine, resolved } = found;
  const running = all.flatMap(({ level, container, path }) => {
    return level === 'outside' && container !== undefined ? [{ container, path }] : [];
  });
  const message = `${why}: a container that is started without one of its own runs outside of every limit`;
  if (running.length === 0) return { causes: [], saw, notes: [message] };
  const now = `${count(running.length, 'container')} ${running.length === 1 ? 'does' : 'do'} now`;
  const places = running.slice(0, SHOWN).map(({ path }) => {
    const source = cgroupFile(machine.version, path, 'cgroup.procs');
    return { source, figure: `outside of ${resolved.site.name}.slice` };
  });
  return {
    causes: [
      {
        weight: 12,
        subject: 'docker.service',
        message: `${message}, as ${now}: ${listing(running.map(({ container }) => nameOf(container, found)))}`,
        evidence: [{ source: CONFIG, figure: parentFigure(parent) }, ...places],
        wayOut: parentWayOut(found),
      },
    ],
    saw,
  };
}

/** So many containers are named as evidence. */
const SHOWN = 10;

function parentFigure(parent: string | undefined): string {
  return parent === undefined ? 'no cgroup-parent' : `"cgroup-parent": "${parent}"`;
}

function nameOf(id: string, { facts: { containers } }: Case): string {
  const known = containers.kind === 'told' ? containers.value.find((container) => container.id === id) : undefined;
  return known?.name ?? id.slice(0, 12);
}

// The default group's limits are those of whoever nobody knows.
function parentWayOut({ resolved: { site } }: Case): string {
  const slice = `${site.name}-${site.defaultGroup.value}.slice`;
  return `write "cgroup-parent": "${slice}" into ${CONFIG}, ${RESTART}; what goes on keeps its place until it is made anew`;
}

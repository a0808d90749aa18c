import type { Docker } from './facts.ts';
import type { Told } from './told.ts';
import { fieldsOf, listOf, readJson, understand } from './understand.ts';

/** Understands how Docker is set up: `docker info` in JSON, and the daemon's configuration. */
export function readDocker(info: Told<string>, config: Told<string>): Told<Docker> {
  // Old versions exit 0 and write what went wrong into the answer.
  const complaint = info.kind === 'told' ? listOf(fieldsOf(readJson(info.value)).ServerErrors)[0] : undefined;
  if (typeof complaint === 'string') return withDockerWayOut({ kind: 'silent', why: `docker info: ${complaint}` });
  const cgroupParent = readParent(config);
  return understand(withDockerWayOut(info), 'docker info', (text) => {
    const driver = fieldsOf(readJson(text)).CgroupDriver;
    return typeof driver === 'string' && driver !== '' ? { cgroupDriver: driver, cgroupParent } : undefined;
  });
}

// Docker needs no such file, and then it says nothing.
function readParent(config: Told<string>): Docker['cgroupParent'] {
  if (config.kind === 'absent') return { kind: 'told', value: undefined };
  if (config.kind === 'silent') return config;
  const document = config.value.trim() === '' ? {} : readJson(config.value);
  const parent = fieldsOf(document)['cgroup-parent'];
  if (document === undefined) return { kind: 'silent', why: 'the configuration of dockerd is no JSON' };
  if (parent !== undefined && typeof parent !== 'string') {
    return { kind: 'silent', why: 'cgroup-parent in the configuration of dockerd is no text' };
  }
  return { kind: 'told', value: parent };
}

/** The same, with who may ask Docker where it was not allowed: whoever can use its socket. */
export function withDockerWayOut<T>(told: Told<T>): Told<T> {
  if (told.kind !== 'silent' || !/permission denied/i.test(told.why)) return told;
  return { ...told, wayOut: 'root or the group docker sees it' };
}

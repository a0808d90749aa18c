/** Names of containers by id, of lines as in `docker ps --no-trunc --format '{{.ID}} {{.Names}}'`; other lines are left out. */
export function readContainerNames(text: string): ReadonlyMap<string, string> {
  // With names of links (`--link`), the container's own comes first or last: only that has no slash.
  const lines = text.split('\n').map((line) => /^([0-9a-f]{64}) (\S+)$/.exec(line));
  const names = lines.map((match) => [match?.[1], match?.[2]?.split(',').find((name) => NAME.test(name))] as const);
  return new Map(names.flatMap(([id, name]) => (id !== undefined && name !== undefined ? [[id, name] as const] : [])));
}

// What Docker takes for a name.
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

/** The block devices of a machine. */
export interface KnownDevices {
  /** Numbers by path, of those that unit files speak of, as in `/dev/disk/by-id/x` and `8:0`: of a partition, that of its disk. */
  readonly numbers: ReadonlyMap<string, string>;
  /** Names by number, as in `8:0` and `sda`. */
  readonly names: ReadonlyMap<string, string>;
}

/** The key of a limit, and the number of the device that it is about, where it is about one. */
export interface SettingKey {
  readonly key: string;
  readonly number?: string;
}

/**
 * The key of a limit as files say it. Whoever asks may call the device by its number, or by the name that the kernel has for
 * it, whatever path is in `keys`.
 */
export function settingKey(asked: string, keys: readonly string[], devices: KnownDevices): SettingKey {
  const [directive = '', device] = asked.split(' ');
  const number = device === undefined ? undefined : numberOf(device, devices);
  if (number === undefined) return { key: asked };
  const name = devices.names.get(number);
  const paths = [...devices.numbers].flatMap(([path, other]) => (other === number ? [path] : []));
  const known = paths.map((path) => `${directive} ${path}`).find((key) => keys.includes(key));
  return { key: known ?? (name === undefined ? asked : `${directive} /dev/${name}`), number };
}

function numberOf(device: string, { numbers, names }: KnownDevices): string | undefined {
  if (/^[0-9]+:[0-9]+$/.test(device)) return device;
  return numbers.get(device) ?? [...names].find(([, name]) => `/dev/${name}` === device)?.[0];
}

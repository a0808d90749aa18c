/** So many CPUs, as in `15.9 cores`, `1 core`. */
export function coresText(cores: number): string {
  const number = Number(cores.toFixed(1));
  return `${number} ${number === 1 ? 'core' : 'cores'}`;
}

/** A share from 0 to 1, as in `96 %`. Never rounded up to all of it, nor down to nothing of it. */
export function percentText(share: number): string {
  const percent = Math.round(share * 100);
  if (percent === 0 && share > 0) return 'less than 1 %';
  return `${share < 1 ? Math.min(percent, 99) : percent} %`;
}

/** What starts a machine with cgroup v2, as a sentence: systemd(1), systemd.unified_cgroup_hierarchy. */
export const BOOT_V2 =
  "systemd.unified_cgroup_hierarchy=1 on the kernel's command line starts the machine with cgroup v2";

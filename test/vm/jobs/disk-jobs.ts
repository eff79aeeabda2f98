// Jobs of build files that make disks, change their size and hand them out, as text.
export const create = (disk: string, size: string, label?: string) => `
[[job]]
use = "create-disk"
disk = "${disk}"
size = "${size}"
${label === undefined ? '' : `[[job]]\nuse = "label"\ndisk = "${disk}"\ntype = "${label}"`}
`;
export const partition = (disk: string, size: string, more = '') => `
[[job]]
use = "partition"
disk = "${disk}"
size = "${size}"
${more}
`;
export const formatted = (volume: string, type: string) => `
[[job]]
use = "format"
volume = "${volume}"
type = "${type}"
`;
export const resize = (disk: string, size: string, volume?: string) => `
[[job]]
use = "resize-disk"
disk = "${disk}"
size = "${size}"
${volume === undefined ? '' : `volume = "${volume}"`}
`;
export const exported = (disk: string, as: string, more = '') => `
[[job]]
use = "export"
disk = "${disk}"
as = "${as}"
${more}
`;

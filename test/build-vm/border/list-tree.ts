// What lies below a folder, as one line for each path; paths are bytes written as latin1.
import { Buffer } from 'node:buffer';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';

export async function listTree(folder: string): Promise<Map<string, string>> {
  const tree = new Map<string, string>();
  await visit(Buffer.from(folder), Buffer.alloc(0), tree);
  return tree;
}

async function visit(folder: Buffer, above: Buffer, tree: Map<string, string>): Promise<void> {
  for (const name of await readdir(folder, { encoding: 'buffer' })) {
    const place = Buffer.concat([folder, Buffer.from('/'), name]);
    const path = Buffer.concat([above, name]);
    const key = path.toString('latin1');
    const facts = await lstat(place);
    const mode = (facts.mode & 0o777).toString(8);
    if (facts.isSymbolicLink())
      tree.set(key, `link ${(await readlink(place, { encoding: 'buffer' })).toString('latin1')}`);
    else if (facts.isDirectory()) {
      tree.set(key, `folder ${mode}`);
      await visit(place, Buffer.concat([path, Buffer.from('/')]), tree);
    } else tree.set(key, `file ${mode} ${Math.floor(facts.mtimeMs / 1000)} ${(await readFile(place)).toString('hex')}`);
  }
}

// What the last successful build of a build file handed out, as its record tells and as far as it still lies there.
import { existsSync, readFileSync } from 'node:fs';
import { digestPath } from '../payload/digest-path.ts';
import type { PreviousArtifact } from '../payload/locate.ts';
import type { BuildRecord } from './record.ts';

/** Looks a name up in the record at that path. */
export function previousArtifacts(path: string): (name: string) => PreviousArtifact {
  return (name) => {
    const record = readRecord(path);
    if (record === undefined) return missing('it was not built here before');
    const artifact = record.artifacts.find((candidate) => candidate.name === name);
    const when = `the build of ${record.startedAt.slice(0, 16).replace('T', ' ')}`;
    if (artifact === undefined) return missing(`${when} made no artifact of that name`);
    if (!existsSync(artifact.path)) return missing(`what ${when} handed out is gone from ${artifact.path}`);
    if (digestPath(artifact.path).sha256 !== artifact.sha256) {
      return missing(`${artifact.path} is no longer what ${when} handed out`);
    }
    return { kind: 'there', path: artifact.path };
  };
}

function missing(because: string): PreviousArtifact {
  return { kind: 'missing', because };
}

/** Undefined when there is none, or none that can be read. */
function readRecord(path: string): Pick<BuildRecord, 'artifacts' | 'startedAt'> | undefined {
  try {
    const record: BuildRecord = JSON.parse(readFileSync(path, 'utf8'));
    const isWhole = Array.isArray(record.artifacts) && typeof record.startedAt === 'string';
    return isWhole ? record : undefined;
  } catch {
    return undefined;
  }
}

// `vmb schema`: one JSON Schema of whole build files, for editors.
import type { Job } from '../../../jobs/lib/job.ts';
import { editorSchema } from '../../build-file/editor-schema.ts';
import type { CommandDefinition } from '../command.ts';

export const command: CommandDefinition = {
  name: 'schema',
  summary: 'Print a JSON Schema of build files',
  details: [
    'For editors that know TOML, such as those with the extension Even Better TOML:',
    '  vmb schema > build.schema.json',
    'and as the first line of a build file:',
    '  #:schema build.schema.json',
  ],
  async run(_input, { registry, stdout }) {
    const jobs: Job[] = [];
    for (const name of await registry.jobNames()) {
      const job = await registry.findJob(name);
      if (job !== undefined) jobs.push(job);
    }
    stdout.write(`${JSON.stringify(editorSchema(jobs), undefined, 2)}\n`);
    return 0;
  },
};

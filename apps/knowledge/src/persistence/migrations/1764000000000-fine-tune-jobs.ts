import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Jobs that train the encoder itself. */
export class FineTuneJobs1764000000000 implements MigrationInterface {
  name = 'FineTuneJobs1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE job DROP CONSTRAINT job_kind_check');
    await runner.query(
      `ALTER TABLE job ADD CONSTRAINT job_kind_check
         CHECK (kind IN ('embed', 'classify', 'cluster', 'train', 'fineTune'))`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DELETE FROM job WHERE kind = 'fineTune'`);
    await runner.query('ALTER TABLE job DROP CONSTRAINT job_kind_check');
    await runner.query(
      `ALTER TABLE job ADD CONSTRAINT job_kind_check CHECK (kind IN ('embed', 'classify', 'cluster', 'train'))`,
    );
  }
}

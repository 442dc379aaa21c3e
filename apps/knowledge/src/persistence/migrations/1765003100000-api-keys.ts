import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keys that belong to a space, expire, are limited to scopes, and say when they were last used. */
export class ApiKeys1765003100000 implements MigrationInterface {
  name = 'ApiKeys1765003100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE api_key
         ADD COLUMN seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
         -- Null: every space of the installation, as the keys that were there before.
         ADD COLUMN space_id uuid REFERENCES space (id),
         -- Empty: all that its role may do.
         ADD COLUMN scopes text[] NOT NULL DEFAULT '{}',
         -- By which its owner knows it again.
         ADD COLUMN prefix text NOT NULL DEFAULT '',
         ADD COLUMN created_by text NOT NULL DEFAULT '',
         ADD COLUMN expires_at timestamptz,
         ADD COLUMN last_used_at timestamptz`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    // The schema before knows neither expiry nor spaces nor scopes: such keys would be worth more than they were.
    await runner.query(
      `DELETE FROM api_key WHERE space_id IS NOT NULL OR cardinality(scopes) > 0 OR expires_at IS NOT NULL`,
    );
    await runner.query(
      `ALTER TABLE api_key DROP COLUMN seq, DROP COLUMN space_id, DROP COLUMN scopes, DROP COLUMN prefix,
         DROP COLUMN created_by, DROP COLUMN expires_at, DROP COLUMN last_used_at`,
    );
  }
}

import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** A key's hash, name and role; never the key. */
@Entity({ name: 'api_key' })
export class ApiKeyEntity {
  @PrimaryGeneratedColumn('uuid')
  id: string;

  @Column({ type: 'text' })
  name: string;

  @Column({ type: 'text' })
  role: 'reader' | 'editor' | 'admin';

  @Column({ type: 'text', unique: true })
  hash: string;

  @Column({ type: 'timestamptz', name: 'created_at', default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', name: 'revoked_at', nullable: true })
  revokedAt: Date | null;
}

-- The tracks a take was announced with; null: as the recording says.
ALTER TABLE "Take" ADD COLUMN "expectedTracks" TEXT;

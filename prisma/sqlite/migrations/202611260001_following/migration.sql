-- AlterTable
ALTER TABLE "Output" ADD COLUMN "isUnchecked" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "Recording" ADD COLUMN "followRefusal" TEXT;
ALTER TABLE "Recording" ADD COLUMN "followedAt" DATETIME;
ALTER TABLE "Recording" ADD COLUMN "followedBy" TEXT;

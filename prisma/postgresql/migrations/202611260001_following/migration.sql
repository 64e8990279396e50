-- AlterTable
ALTER TABLE "Output" ADD COLUMN     "isUnchecked" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "Recording" ADD COLUMN     "followRefusal" TEXT,
ADD COLUMN     "followedAt" TIMESTAMP(3),
ADD COLUMN     "followedBy" TEXT;

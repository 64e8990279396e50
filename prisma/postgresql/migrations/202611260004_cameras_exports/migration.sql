-- CreateTable
CREATE TABLE "CameraExport" (
    "recordingId" TEXT NOT NULL,
    "cameraId" TEXT NOT NULL,
    "fromAt" TIMESTAMP(3) NOT NULL,
    "toAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "CameraExport_pkey" PRIMARY KEY ("recordingId")
);

-- AddForeignKey
ALTER TABLE "CameraExport" ADD CONSTRAINT "CameraExport_recordingId_fkey" FOREIGN KEY ("recordingId") REFERENCES "Recording"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- CreateTable
CREATE TABLE "CameraExport" (
    "recordingId" TEXT NOT NULL PRIMARY KEY,
    "cameraId" TEXT NOT NULL,
    "fromAt" DATETIME NOT NULL,
    "toAt" DATETIME NOT NULL,
    CONSTRAINT "CameraExport_recordingId_fkey" FOREIGN KEY ("recordingId") REFERENCES "Recording" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

// How an account's settings are read and changed where the rights of the worker end. Pure texts.

/** The az command that tells soft delete and versioning. */
export function showBlobService(accountName: string): string {
  return `az storage account blob-service-properties show --account-name ${accountName} --query '{softDelete: deleteRetentionPolicy.enabled, versioning: isVersioningEnabled}'`;
}

export function updateBlobService(accountName: string, setting: string): string {
  return `az storage account blob-service-properties update --account-name ${accountName} ${setting}`;
}

export function showHierarchical(accountName: string): string {
  return `az storage account show --name ${accountName} --query isHnsEnabled`;
}
